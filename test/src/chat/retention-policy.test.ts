import * as chat from '../../../src/chat';
import { StoreError, type Store } from '../../../src/store';
import { openStand, transportNames, type Stand } from '../store/stand';
import { aged } from './retention-stand';

let stand: Stand;

beforeAll(async () => {
	stand = await openStand('chat-retention-policy');
});
afterAll(() => stand?.close());

const builtIn = {
	messages: { keepDays: 90, archives: true, hiddenDays: 30, source: 'builtIn' },
	archive: { keepDays: 365, source: 'builtIn' },
	errorLogs: { keepDays: 30, source: 'builtIn' },
};

describe.each(transportNames)('the retention policy over %s', (transport) => {
	let tenant: string;
	let store: Store;
	let common: Store;
	beforeEach(async () => {
		tenant = await stand.tenant();
		store = stand.open(transport, { tenant });
		common = stand.open(transport);
		await chat.setRetentionPolicy(common, { messages: null, archive: null, errorLogs: null });
	});

	test('a tenant has its own rules, else those of the tenant "default", else the built-in ones', async () => {
		expect(await chat.getRetentionPolicy(store)).toEqual(builtIn);
		await chat.setRetentionPolicy(common, { messages: { keepDays: 60, hiddenDays: 0 } });
		expect(await chat.getRetentionPolicy(common)).toMatchObject({ messages: { source: 'tenant' } });
		expect(await chat.getRetentionPolicy(store)).toEqual({
			...builtIn,
			messages: { keepDays: 60, archives: true, hiddenDays: 0, source: 'default' },
		});
		const own = { ...builtIn, messages: { keepDays: 7, archives: true, hiddenDays: 0, source: 'tenant' } };
		for (let times = 0; times < 2; times += 1)
			expect(await chat.setRetentionPolicy(store, { messages: { keepDays: 7 } })).toEqual(own);
		expect(await chat.setRetentionPolicy(store, { messages: null })).toMatchObject({
			messages: { keepDays: 60, source: 'default' },
		});
	});

	test.each([
		{ messages: { keepDays: 0 } },
		{ messages: { hiddenDays: -1 } },
		{ errorLogs: { keepDays: 36_501 } },
		{ archive: { keepDays: 1.5 } },
		{ archive: { keepDays: 90 } },
		{ messages: { keepDays: 400 } },
	])('%j is refused, and nothing is changed', async (change) => {
		await expect(chat.setRetentionPolicy(store, change)).rejects.toMatchObject({ code: 'invalid_input' });
		expect(await chat.getRetentionPolicy(store)).toEqual(builtIn);
	});

	test('all tenants are gone through by their own rules, and one that fails keeps none from theirs', async () => {
		const other = await stand.tenant();
		const otherStore = stand.open(transport, { tenant: other });
		await chat.setRetentionPolicy(otherStore, { messages: { keepDays: 5 } });
		for (const one of [store, otherStore]) await chat.storeMessages(one, [aged(6), aged(95)]);
		await stand.supabase.exec(`
			create function opsdesk.stop_${tenant.replace('-', '_')}() returns trigger language plpgsql as $$ begin
				if old.tenant_id = '${tenant}' then raise exception 'the disk is full'; end if; return old; end $$;
			create trigger stop_it before delete on opsdesk.messages for each row execute function opsdesk.stop_${tenant.replace('-', '_')}();
		`);
		try {
			const results = await chat.runRetentionOfAll(common, { dryRun: false });
			expect(results.map((one) => one.tenant)).toEqual(expect.arrayContaining(['default', tenant, other]));
			const of = (name: string) => results.find((one) => one.tenant === name);
			expect(of(other)).toMatchObject({ messages: { archived: 2 } });
			expect(of(tenant)).toMatchObject({ error: expect.any(StoreError) });
		} finally {
			await stand.supabase.exec('drop trigger stop_it on opsdesk.messages');
		}
		expect((await chat.runRetention(store, { dryRun: false })).messages.archived).toBe(1);
	});

	test('an unknown tenant is said to be unknown', async () => {
		const nowhere = stand.open(transport, { tenant: 'nobody' });
		for (const attempt of [
			() => chat.getRetentionPolicy(nowhere),
			() => chat.runRetention(nowhere, { dryRun: true }),
		])
			await expect(attempt()).rejects.toMatchObject({ code: 'not_found' });
	});

	test('a change of "default" that leaves the archive of another tenant without anything is refused, naming it', async () => {
		await chat.setRetentionPolicy(store, { messages: { keepDays: 300 } });
		await expect(chat.setRetentionPolicy(common, { archive: { keepDays: 180 } })).rejects.toMatchObject({
			code: 'invalid_input',
			message: expect.stringContaining(tenant),
		});
		expect(await chat.getRetentionPolicy(store)).toMatchObject({ archive: { keepDays: 365 } });
		await chat.setRetentionPolicy(store, { messages: null });
	});

	test('a run by rules that contradict each other says so, and removes nothing', async () => {
		const old = aged(320);
		await chat.setRetentionPolicy(store, { messages: { keepDays: 300 } });
		await chat.storeMessages(store, [old]);
		// By hand, as an admin may.
		await stand.supabase.exec(
			`insert into opsdesk.retention_policies (tenant_id, kind, keep_days) values ($1, 'archive', 180)`,
			[tenant],
		);
		for (const dryRun of [true, false])
			await expect(chat.runRetention(store, { dryRun })).rejects.toMatchObject({ code: 'conflict' });
		expect((await chat.getMessages(store)).items).toMatchObject([{ externalId: old.id }]);
		await chat.setRetentionPolicy(store, { messages: null, archive: null });
	});
});
