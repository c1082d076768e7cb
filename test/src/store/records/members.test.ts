import { randomUUID } from 'node:crypto';

import * as records from '../../../../src/store';
import type { Store } from '../../../../src/store';
import { openStand, transportNames, type Stand } from '../stand';

let stand: Stand;

beforeAll(async () => {
	stand = await openStand('store-members');
});
afterAll(() => stand?.close());

describe.each(transportNames)('members and teams over %s', (transport) => {
	let store: Store;
	beforeEach(async () => {
		store = stand.open(transport, { tenant: await stand.tenant() });
	});
	const max = { email: 'max@example.com' };
	const chatId = { platform: 'telegram', id: '77' };

	test('a member is found by id, e-mail in any case, user id and id on a channel', async () => {
		const userId = randomUUID();
		const { id } = await records.saveMember(store, max, {
			name: 'Max',
			role: 'manager',
			userId,
			identities: [chatId, { platform: 'whatsapp', id: '+15550100' }],
		});
		for (const who of [{ memberId: id }, { email: 'MAX@example.com' }, { userId }, { identity: chatId }]) {
			expect(await records.getMember(store, who)).toMatchObject({ id, role: 'manager', ...max, userId });
			expect(await records.saveMember(store, who, {})).toMatchObject({ id, created: false });
		}
		expect(await records.saveMember(store, max, { identities: [chatId], userId: null })).toMatchObject({
			identities: [chatId],
		});
		expect(await records.getMember(store, max)).not.toHaveProperty('userId');
	});

	test('CS-36 a member who was removed is the same one again, and an observer unless said otherwise', async () => {
		const userId = randomUUID();
		const { id } = await records.saveMember(store, max, { name: 'Max', role: 'manager', userId });
		for (const who of [max, { userId }, { memberId: id }]) {
			await records.removeMember(store, { memberId: id });
			expect((await records.getMembers(store)).items).toEqual([]);
			expect((await records.getMembers(store, { includeRemoved: true })).items).toMatchObject([
				{ id, removedAt: expect.any(String) },
			]);
			const again = await records.saveMember(store, who, {});
			expect(again).toMatchObject({ id, created: false, revived: true, role: 'observer' });
			expect(again).not.toHaveProperty('removedAt');
		}
		await records.removeMember(store, max);
		expect(
			await records.saveMember(store, { identity: chatId }, { name: 'Max', role: 'manager', ...max }),
		).toMatchObject({ id, revived: true, role: 'manager', identities: [chatId] });
	});

	test('CS-36 what another member has is refused by name, and an id on a channel moves when that is wanted', async () => {
		const userId = randomUUID();
		const first = await records.saveMember(store, max, { name: 'Max', userId, identities: [chatId] });
		const eva = { email: 'eva@example.com' };
		await records.saveMember(store, eva, { name: 'Eva' });
		for (const fields of [{ email: 'Max@Example.com' }, { userId }, { identities: [chatId] }])
			await expect(records.saveMember(store, eva, fields)).rejects.toMatchObject({
				code: 'conflict',
				message: expect.stringContaining(`belongs to member ${first.id} (Max)`),
			});
		const moved = await records.saveMember(store, eva, { identities: [chatId] }, { moveIdentities: true });
		expect(moved.identities).toEqual([chatId]);
		expect((await records.getMember(store, max)).identities).toEqual([]);
	});

	test('CS-36 the last admin who can sign in is neither removed nor demoted, also not by two at once', async () => {
		let [one, two] = ['', ''];
		let both: Array<PromiseSettledResult<unknown>> = [];
		for (let round = 0; round < 6; round += 1) {
			store = stand.open(transport, { tenant: await stand.tenant() });
			[one, two] = [randomUUID(), randomUUID()];
			for (const userId of [one, two])
				await records.saveMember(store, { userId }, { name: 'A', role: 'admin' });
			both = await Promise.allSettled([
				records.removeMember(store, { userId: one }),
				records.saveMember(store, { userId: two }, { role: 'manager' }),
			]);
			expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
		}
		await records.saveMember(store, max, { name: 'Alerts only', role: 'admin' });
		const left = both[0]?.status === 'rejected' ? one : two;
		for (const attempt of [
			() => records.removeMember(store, { userId: left }),
			() => records.saveMember(store, { userId: left }, { role: 'observer' }),
			() => records.saveMember(store, { userId: left }, { userId: null }),
		])
			await expect(attempt()).rejects.toMatchObject({
				code: 'conflict',
				message: expect.stringContaining('last admin'),
			});
		await records.removeMember(store, max);
	});

	test('members are listed by role, team and duty, page by page', async () => {
		const ids: number[] = [];
		for (const name of ['a', 'b', 'c'])
			ids.push((await records.saveMember(store, { email: `${name}@example.com` }, { name })).id);
		const [a = 0, b = 0] = ids;
		await records.saveMember(store, { memberId: a }, { role: 'manager' });
		const team = await records.saveTeam(store, { team: 'First' }, { memberIds: [a, b] });
		expect(team.members.map(({ id }) => id)).toEqual([a, b]);
		await records.setOnDuty(store, { memberId: b }, false);
		const found = async (query: records.MemberQuery) =>
			(await records.getMembers(store, query)).items.map(({ name }) => name);
		expect(await found({ role: 'manager' })).toEqual(['a']);
		expect(await found({ teamId: team.id })).toEqual(['a', 'b']);
		expect(await found({ onDuty: true })).toEqual(['a']);
		expect(await found({ onDuty: false, teamId: team.id })).toEqual(['b']);
		const first = await records.getMembers(store, {}, { limit: 2 });
		const rest = await records.getMembers(store, {}, { cursor: first.cursor });
		expect([...first.items, ...rest.items].map(({ id }) => id)).toEqual(ids);
		expect(rest.cursor).toBeUndefined();
	});

	test('a team has the members of the list, who are on duty until said otherwise', async () => {
		const [a, b] = await Promise.all(
			['a', 'b'].map((name) => records.saveMember(store, { email: `${name}@example.com` }, { name })),
		);
		const [one, two] = [a?.id ?? 0, b?.id ?? 0];
		const named = { team: 'First' };
		await records.saveTeam(store, named);
		const onDuty = (team: records.Team) => Object.fromEntries(team.members.map((m) => [m.name, m.onDuty]));
		expect(onDuty(await records.setTeamMembers(store, named, [one]))).toEqual({ a: true });
		await records.setOnDuty(store, { memberId: one }, false, named);
		expect(onDuty(await records.setTeamMembers(store, named, [two], { how: 'add' }))).toEqual({
			a: false,
			b: true,
		});
		expect(onDuty(await records.setTeamMembers(store, named, [one, two]))).toEqual({ a: false, b: true });
		expect(onDuty(await records.setTeamMembers(store, named, [two], { how: 'remove' }))).toEqual({
			a: false,
		});
		expect(onDuty(await records.setTeamMembers(store, named, [two], { onDuty: false }))).toEqual({
			b: false,
		});
		await expect(records.setTeamMembers(store, named, [999_999])).rejects.toMatchObject({
			code: 'not_found',
			message: expect.stringContaining('999999'),
		});
		await expect(records.setOnDuty(store, { memberId: one }, true, named)).rejects.toMatchObject({
			code: 'not_found',
		});
	});

	test('who is on duty is told; when nobody is, who leads the tenant', async () => {
		const ids: number[] = [];
		for (const role of ['observer', 'manager', 'admin'] as const)
			ids.push((await records.saveMember(store, { email: `${role}@example.com` }, { name: role, role })).id);
		const [observer = 0] = ids;
		await records.saveTeam(store, { team: 'First' }, { memberIds: [observer] });
		await records.saveTeam(store, { team: 'Empty' });
		const told = async (team?: string) => {
			const { source, members } = await records.getOnDuty(store, team === undefined ? undefined : { team });
			return [source, members.map(({ name }) => name)];
		};
		expect(await told('First')).toEqual(['duty', ['observer']]);
		expect(await told()).toEqual(['duty', ['observer']]);
		expect(await told('Empty')).toEqual(['leaders', ['manager', 'admin']]);
		await records.setOnDuty(store, { memberId: observer }, false);
		expect(await told('First')).toEqual(['leaders', ['manager', 'admin']]);
		await expect(told('None')).rejects.toMatchObject({ code: 'not_found' });
	});

	test('CS-23 SQL and the signs of filters in every text stay as they are', async () => {
		const odd = `a'b"c;--or=(x.eq.1)*%_\\ $1 {} ,`;
		const member = await records.saveMember(
			store,
			{ identity: { platform: 'sms', id: odd } },
			{ name: odd, email: `"'or=;--%*"@example.com` },
		);
		expect(await records.getMember(store, { identity: { platform: 'sms', id: odd } })).toMatchObject({
			id: member.id,
			name: odd,
			email: `"'or=;--%*"@example.com`,
		});
		const team = await records.saveTeam(store, { team: odd });
		expect(await records.getTeam(store, { team: odd })).toMatchObject({ id: team.id, name: odd });
		const account = { platform: 'sms', externalId: odd };
		await records.saveChannelAccount(store, account, { name: odd, settings: { [odd]: odd } });
		expect((await records.getChannelAccounts(store, { externalId: odd })).items).toMatchObject([
			{ ...account, name: odd, settings: { [odd]: odd } },
		]);
		await records.saveTenant(store, store.tenant, { name: odd, settings: { [odd]: odd } });
		expect(await records.getTenant(store)).toMatchObject({ name: odd, settings: { [odd]: odd } });
	});

	test('what cannot be kept is refused by the name of its field, before anything is asked', async () => {
		for (const [call, field] of [
			[() => records.saveMember(store, max, { name: ' ' }), 'name: must not be empty'],
			[() => records.saveMember(store, max, { name: 'a\u0000' }), 'name: holds a NUL'],
			[() => records.saveMember(store, max, { role: 'king' as 'admin' }), 'role'],
			[() => records.saveMember(store, { email: 'nobody' }, {}), 'e-mail address'],
			[() => records.saveTeam(store, { team: 'T' }, { name: 'x'.repeat(201) }), 'name: has more than 200'],
			[() => records.saveTenant(store, 'No Id', {}), 'is not an id'],
			[
				() =>
					records.saveChannelAccount(
						store,
						{ platform: 'sms', externalId: '1' },
						{ settings: { a: ['\ud83d'] } },
					),
				'settings: holds a NUL character or half',
			],
		] as const)
			await expect(call()).rejects.toMatchObject({
				code: 'invalid_input',
				message: expect.stringContaining(field),
			});
		await expect(records.saveMember(store, max, {})).rejects.toMatchObject({
			code: 'invalid_input',
			message: 'name: a new member needs one.',
		});
	});
});
