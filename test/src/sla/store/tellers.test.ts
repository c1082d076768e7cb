import { storeMessages } from '../../../../src/chat';
import { getTimer, noteOccurrence, type Metric, type Occurrence } from '../../../../src/sla';
import { saveTeam, setTeamMembers } from '../../../../src/store';
import { transportNames, type Stand } from '../../store/stand';
import { minuteMs, openDesk, openSlaStand, type Desk } from './sla-stand';

let stand: Stand;

beforeAll(async () => {
	stand = await openSlaStand('tellers');
});
afterAll(() => stand?.close());

describe.each(transportNames)('over %s', (transport) => {
	let desk: Desk;
	const now = Date.now();
	const chat = { platform: 'telegram', chatId: 'g1' };

	beforeEach(async () => {
		desk = await openDesk(stand, transport);
	});

	const ago = (minutes: number): number => now - minutes * minuteMs;
	const write = async (id: string, sender: string, minutes: number, chatId = 'g1', formerId?: string) =>
		await storeMessages(desk.store, [
			{
				...{ platform: 'telegram', id, text: 'Is it ready?', sentAt: new Date(ago(minutes)) },
				chat: { id: chatId, kind: 'group', ...(formerId !== undefined && { formerId }) },
				sender: { id: sender, name: sender },
			},
		]);
	const tell = async (messageId: string, minutes: number, author: 'client' | 'agent' | 'bot' = 'client') =>
		await noteOccurrence(desk.store, chat, { type: 'message', author, messageId, atMs: ago(minutes) });
	const timerOf = async (metric: Metric = 'firstResponse') => await getTimer(desk.store, chat, metric);
	const idOf = async (): Promise<number> => (await timerOf())?.conversation.id ?? 0;

	test('what a member of the team writes in a group is an answer, also when it is told as a message of a client', async () => {
		const [anna, boss, other] = [
			await desk.member('observer', 'Anna'),
			await desk.member('manager', 'Boss'),
			await desk.member('observer', 'Other'),
		];
		for (const [turn, member] of [anna, boss, other].entries()) {
			await write(`q${turn}`, 'client', 30 - turn * 5);
			await tell(`q${turn}`, 30 - turn * 5);
			if (turn === 0)
				await stand.supabase.exec('update opsdesk.conversations set assigned_member_id = $1 where id = $2', [
					anna,
					await idOf(),
				]);
			await write(`a${turn}`, `m${member}`, 28 - turn * 5);
			await tell(`a${turn}`, 28 - turn * 5);
		}
		expect(await timerOf()).toMatchObject({ status: 'answered', isBreached: false });
		// Neither assigned nor of a team, with a role that only watches: no answer.
		expect(await timerOf('nextResponse')).toMatchObject({ status: 'running', cycle: 2 });
		const ended = await stand.supabase.exec(
			'select ended_by from opsdesk.sla_cycles where tenant_id = $1 order by ended_at',
			[desk.tenant],
		);
		expect(ended).toEqual([{ ended_by: `member:${anna}` }, { ended_by: `member:${boss}` }]);
		const { id: team } = await saveTeam(desk.store, { team: 'night' });
		await setTeamMembers(desk.store, { teamId: team }, [other]);
		await write('a3', `m${other}`, 10);
		await tell('a3', 10);
		expect(await timerOf('nextResponse')).toMatchObject({ status: 'answered', cycle: 2 });
	});

	test('a first request that is told after its answer starts no timer', async () => {
		await write('q1', 'client', 20);
		await tell('a1', 15, 'agent');
		const late = await tell('q1', 20);
		expect(late).toMatchObject([{ metric: 'firstResponse', changed: false, timer: { status: 'idle' } }]);
		await write('q2', 'client', 1);
		await tell('q2', 1);
		expect(await timerOf('nextResponse')).toMatchObject({ status: 'running' });
	});

	test('SL-35 a deleted message hands its timer to nobody who was answered through a bot', async () => {
		await write('q0', 'client', 9 * 24 * 60);
		await tell('a0', 9 * 24 * 60 - 5, 'agent');
		await write('q1', 'client', 20);
		await tell('q1', 20);
		expect(await timerOf('nextResponse')).toMatchObject({ status: 'running' });
		const gone: Occurrence = { type: 'delete', messageId: 'q1', atMs: now };
		await noteOccurrence(desk.store, chat, gone);
		expect(await timerOf('nextResponse')).toMatchObject({ status: 'cancelled', isBreached: false });
	});

	test('an answer in a former group that has the same id as the request is an answer all the same', async () => {
		const anna = await desk.member('observer', 'Anna');
		await write('14', 'client', 30);
		await write('15', `m${anna}`, 25);
		await write('1', 'client', 20, '-100', 'g1');
		await write('15', 'client', 2, '-100');
		await tell('15', 2);
		expect([await timerOf(), (await timerOf('nextResponse'))?.status]).toEqual([null, 'running']);
	});
});
