import {
	deleteDesk,
	isDesk,
	readOperatorMessage,
	saveDesk,
	type OperatorMessageInput,
} from '../../../../src/decide';
import { saveTeam } from '../../../../src/store';
import { TelegramCloud } from '../../../support/channels/telegram-cloud';
import { openStand, transportNames, type Stand } from '../../store/stand';
import { account, bot, openHelpDesk, operators, type HelpDesk } from './desk-stand';

let stand: Stand;
let cloud: TelegramCloud;
beforeAll(async () => {
	stand = await openStand('desks');
	cloud = await TelegramCloud.start();
});
afterAll(async () => {
	await cloud?.cloud.stop();
	await stand?.close();
});

describe.each(transportNames)('desks over %s', (transport) => {
	let desk: HelpDesk;
	beforeEach(async () => {
		desk = await openHelpDesk(stand, transport, cloud);
		await desk.member('Boris', '71');
	});

	const group = (id: string) => ({ chat: { id, kind: 'group', title: 'A group' } });
	const saved = async (chatId: string, more: object = {}) =>
		await saveDesk(desk.store, { ...bot, chatId, ...more });

	test('a chat in which clients write becomes one only when somebody says so', async () => {
		await desk.client('801', 'My site is down', group('-801'));
		await expect(saved('-801')).rejects.toMatchObject({ code: 'conflict' });
		await expect(saved('-801')).rejects.toThrow(/no members of the team have written/);
		expect(await isDesk(desk.store, { ...bot, chatId: '-801' })).toBe(false);
		expect(await saved('-801', { evenWithClients: true })).toMatchObject({ chatId: '-801' });
		// From then on it is a desk as any other.
		expect(await saved('-801', { idleHours: 5 })).toMatchObject({ idleHours: 5, created: false });
	});

	test('a chat of members, or one in which others have only asked the bot for something, becomes one', async () => {
		await desk.client('71', 'Good morning', group('-802'));
		await desk.client('811', '/help@example_bot', group('-802'));
		expect(await saved('-802')).toMatchObject({ chatId: '-802' });
	});

	test('a chat of which something was handed over becomes none, also when its messages are gone', async () => {
		const { messageId, conversationId } = await desk.client('801', 'My site is down', group('-803'));
		await desk.open(messageId);
		await stand.supabase.exec('delete from opsdesk.messages where conversation_id = $1', [conversationId]);
		await expect(saved('-803')).rejects.toMatchObject({ code: 'conflict' });
	});

	const replied = async (post: string, more: Partial<OperatorMessageInput> = {}) =>
		await desk.writes('71', 'We look into it', { replyTo: post, ...more });

	test('an update that does not say which bot it is of finds the desk, and is answered by its bot', async () => {
		const { post } = await desk.posted((await desk.client('901', 'Help')).messageId);
		expect(await isDesk(desk.store, { platform: 'telegram', chatId: operators })).toBe(true);
		const read = await replied(post, { account: 'default' });
		expect(read).toMatchObject({ kind: 'answer', isDesk: true, target: { chatId: '901' } });
		expect(read.tell?.target).toMatchObject({ account, chatId: operators });
		// The same message by the other way means the same.
		const place = { platform: 'telegram', chatId: operators, replyTo: post };
		const again = { ...place, externalId: 'op-same', senderId: '71', text: 'Once' };
		const first = await readOperatorMessage(desk.store, { ...again, account });
		expect(await readOperatorMessage(desk.store, again)).toMatchObject({ status: 'known', key: first.key });
	});

	test('a desk that was saved without its bot is found by messages that name it', async () => {
		await deleteDesk(desk.store);
		await saveDesk(desk.store, { platform: 'telegram', chatId: operators });
		const opened = await desk.open((await desk.client('902', 'Help')).messageId);
		expect(opened.target).toMatchObject({ account: 'default' });
		expect(await isDesk(desk.store, { ...bot, chatId: operators })).toBe(true);
		expect(await desk.writes('71', `/take ${opened.handoverId}`)).toMatchObject({
			...{ kind: 'take', tell: { target: { account: 'default' } } },
		});
	});

	test('where several bots have a desk in a chat, what may be for any of them is refused with a word', async () => {
		await saveDesk(desk.store, { platform: 'telegram', account: '999', chatId: operators });
		await saveTeam(desk.store, { team: 'sales' });
		await saveDesk(desk.store, { ...bot, chatId: operators, team: 'sales' });
		const read = await desk.writes('71', '/take 1', { account: 'default' });
		expect(read).toMatchObject({ kind: 'refused', reason: 'several_accounts' });
		expect(read.tell?.text).toContain('Several bots');
		expect(await desk.writes('71', 'Coffee?', { account: 'default' })).toMatchObject({ kind: 'ignored' });
	});

	test('a command for another bot changes nothing here', async () => {
		const { post } = await desk.posted((await desk.client('903', 'Help')).messageId);
		const read = await desk.writes('71', '/close@another_bot', { replyTo: post, botName: 'our_bot' });
		expect(read).toMatchObject({ kind: 'ignored', isDesk: true, tell: null });
		expect(await desk.writes('71', '/close@our_bot', { replyTo: post, botName: 'our_bot' })).toMatchObject({
			kind: 'close',
		});
	});
});
