import { randomUUID } from 'node:crypto';

import * as chat from '../../../../src/chat';
import * as records from '../../../../src/store';
import type { Store } from '../../../../src/store';
import { message } from '../../chat/messages';
import { openStand, transportNames, type Stand } from '../stand';

let stand: Stand;

beforeAll(async () => {
	stand = await openStand('store-fallback');
});
afterAll(() => stand?.close());

describe.each(transportNames)('members, teams, tenants and accounts over %s', (transport) => {
	let tenant: string;
	let store: Store;
	beforeEach(async () => {
		tenant = await stand.tenant();
		store = stand.open(transport, { tenant });
	});

	/** A conversation, assigned as said. */
	async function conversation(fields: chat.ConversationFields): Promise<number> {
		const [stored] = await chat.storeMessages(store, [
			message({ chat: { id: randomUUID(), kind: 'group' } }),
		]);
		const conversationId = stored?.conversationId ?? 0;
		await chat.updateConversation(store, { conversationId }, { status: 'assigned_human', ...fields });
		return conversationId;
	}

	const kinds = {
		member: {
			save: (name?: string) =>
				records.saveMember(store, { email: 'max@example.com' }, name === undefined ? {} : { name }),
			all: () => records.getMembers(store),
		},
		team: {
			save: (name?: string) => records.saveTeam(store, { team: name ?? 'Max' }, {}),
			all: () => records.getTeams(store),
		},
		tenant: {
			save: (name?: string) =>
				records.saveTenant(store, `${tenant}-${transport}`, name === undefined ? {} : { name }),
			all: () => records.getTenants(store),
		},
		'channel account': {
			save: (name?: string) =>
				records.saveChannelAccount(
					store,
					{ platform: 'telegram', externalId: 'helpbot' },
					name === undefined ? {} : { name },
				),
			all: () => records.getChannelAccounts(store),
		},
	};

	test.each(Object.keys(kinds) as Array<keyof typeof kinds>)(
		'CS-36 a %s is created once, also by many at once, and then found',
		async (kind) => {
			const { save, all } = kinds[kind];
			const before = (await all()).items.length;
			const saved = await Promise.all(Array.from({ length: 10 }, () => save('Max')));
			expect(saved.filter(({ created }) => created)).toHaveLength(1);
			expect(new Set(saved.map(({ id }) => id)).size).toBe(1);
			expect(await save()).toMatchObject({ id: saved[0]?.id, name: 'Max', created: false });
			expect((await all()).items).toHaveLength(before + 1);
		},
	);

	test('CS-36 renamed twice each has the new name, and is the same one', async () => {
		const member = await kinds.member.save('Max');
		const team = await kinds.team.save('First');
		const account = await kinds['channel account'].save('Bot');
		for (let time = 0; time < 2; time += 1) {
			expect(await records.saveMember(store, { memberId: member.id }, { name: 'New' })).toMatchObject({
				id: member.id,
				name: 'New',
				email: 'max@example.com',
				created: false,
				revived: false,
			});
			expect(await records.saveTeam(store, { teamId: team.id }, { name: 'New' })).toMatchObject({
				id: team.id,
				name: 'New',
				created: false,
			});
			expect(
				await records.saveChannelAccount(store, { accountId: account.id }, { name: 'New' }),
			).toMatchObject({
				id: account.id,
				externalId: 'helpbot',
				name: 'New',
			});
			expect(await records.saveTenant(store, tenant, { name: 'New' })).toMatchObject({
				id: tenant,
				name: 'New',
			});
		}
		await records.saveTeam(store, { team: 'Second' });
		await expect(records.saveTeam(store, { team: 'Second' }, { name: 'New' })).rejects.toMatchObject({
			code: 'conflict',
			message: expect.stringContaining('name'),
		});
	});

	test('CS-36 a member who is removed while assigned leaves conversations to the team, or without one to everybody', async () => {
		const team = await records.saveTeam(store, { team: 'First' });
		const { id } = await records.saveMember(
			store,
			{ identity: { platform: 'telegram', id: '77' } },
			{ name: 'Max' },
		);
		await records.setTeamMembers(store, { teamId: team.id }, [id]);
		const ofTeam = await conversation({ assignedMemberId: id, teamId: team.id });
		const bare = await conversation({ assignedMemberId: id });
		const closed = await conversation({ assignedMemberId: id, status: 'closed' });
		expect(await records.removeMember(store, { memberId: id })).toEqual({
			id,
			removed: true,
			conversations: { toTeam: 1, unassigned: 2 },
			identities: 1,
			teams: 1,
		});
		for (const [conversationId, status] of [
			[ofTeam, 'assigned_human'],
			[bare, 'active'],
			[closed, 'closed'],
		] as const) {
			const found = await chat.getConversation(store, { conversationId });
			expect(found).toMatchObject({ status });
			expect(found).not.toHaveProperty('assignedMemberId');
		}
		expect(await chat.getConversation(store, { conversationId: ofTeam })).toMatchObject({ teamId: team.id });
		expect((await records.getTeam(store, { teamId: team.id })).members).toEqual([]);
		expect(await records.removeMember(store, { memberId: id })).toEqual({
			id,
			removed: false,
			conversations: { toTeam: 0, unassigned: 0 },
			identities: 0,
			teams: 0,
		});
		const other = await records.saveMember(
			store,
			{ identity: { platform: 'telegram', id: '77' } },
			{ name: 'Eva' },
		);
		expect(other).toMatchObject({ created: true });
	});

	test('CS-36 a team that is removed leaves its conversations to their members, or without one to everybody', async () => {
		const team = await records.saveTeam(store, { team: 'First' });
		const { id } = await kinds.member.save('Max');
		await records.setTeamMembers(store, { teamId: team.id }, [id]);
		const held = await conversation({ assignedMemberId: id, teamId: team.id });
		const bare = await conversation({ teamId: team.id });
		expect(await records.removeTeam(store, { team: 'First' })).toEqual({
			deleted: true,
			conversations: { toMember: 1, unassigned: 1 },
			members: 1,
		});
		expect(await chat.getConversation(store, { conversationId: held })).toMatchObject({
			assignedMemberId: id,
			status: 'assigned_human',
		});
		expect(await chat.getConversation(store, { conversationId: bare })).toMatchObject({ status: 'active' });
		expect((await records.getMember(store, { memberId: id })).teams).toEqual([]);
		expect(await records.removeTeam(store, { team: 'First' })).toMatchObject({ deleted: false });
		await expect(
			chat.updateConversation(store, { conversationId: bare }, { teamId: team.id }),
		).rejects.toMatchObject({ code: 'not_found' });
	});

	test('CS-36 an account with conversations is switched off, one without is deleted, and the answer says which', async () => {
		await conversation({});
		const named = { platform: 'telegram', externalId: 'helpbot' };
		for (let time = 0; time < 2; time += 1)
			expect(await records.removeChannelAccount(store, named)).toMatchObject({
				result: 'deactivated',
				conversations: 1,
			});
		expect((await records.getChannelAccounts(store, { active: false })).items).toMatchObject([named]);
		const spare = { platform: 'sms', externalId: '+15550100' };
		await records.saveChannelAccount(store, spare, { settings: { limit: 30 } });
		expect((await records.getChannelAccounts(store, { platform: 'sms' })).items).toMatchObject([
			{ ...spare, active: true, settings: { limit: 30 } },
		]);
		expect(await records.removeChannelAccount(store, spare)).toEqual({ result: 'deleted' });
		expect(await records.removeChannelAccount(store, spare)).toEqual({ result: 'unknown' });
	});

	test('CS-36 of assigning and removing at the same time, whichever is first, nothing points to who is gone', async () => {
		for (let round = 0; round < 8; round += 1) {
			const { id } = await records.saveMember(store, { email: `m${round}@example.com` }, { name: 'Max' });
			const team = await records.saveTeam(store, { team: `T${round}` });
			const conversationId = await conversation({});
			await Promise.allSettled([
				records.removeMember(store, { memberId: id }),
				records.removeTeam(store, { teamId: team.id }),
				chat.updateConversation(store, { conversationId }, { assignedMemberId: id }),
				chat.updateConversation(store, { conversationId }, { teamId: team.id }),
			]);
			const found = await chat.getConversation(store, { conversationId });
			expect(found).not.toHaveProperty('assignedMemberId');
			expect(found).not.toHaveProperty('teamId');
		}
	});

	test('CS-36 an admin who takes a member out of the table has the same done', async () => {
		const { id } = await kinds.member.save('Max');
		const conversationId = await conversation({ assignedMemberId: id });
		await stand.supabase.exec('update opsdesk.members set removed_at = now() where id = $1', [id]);
		expect(await chat.getConversation(store, { conversationId })).toMatchObject({ status: 'active' });
		expect(await chat.getConversation(store, { conversationId })).not.toHaveProperty('assignedMemberId');
	});
});
