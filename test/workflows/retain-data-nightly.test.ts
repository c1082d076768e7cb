import { randomBytes } from 'node:crypto';

import { liftHold, placeHold, storeMessages } from '../../src/chat';
import type { Store } from '../../src/store';
import { aged, whereabouts } from '../src/chat/retention-stand';
import { openStand, type Stand } from '../src/store/stand';
import { RecordingServer } from '../support/doubles/recording-server';
import type { StoredCredential } from '../support/n8n/client';
import { executionError, outputItems } from '../support/n8n/executions';
import { poll } from '../support/n8n/poll';
import { sharedN8n } from '../support/n8n/shared';
import { Alerting } from './alerting';
import { nodeOf, type ReceivedAlert } from './backing-up';
import { setUpWorkflow } from './docker-workflow';

const key = 'retain-data-nightly';
const client = sharedN8n();
const id = randomBytes(8).toString('hex');
let stand: Stand;
let tenant: string;
let store: Store;
let alerting: Alerting;
let receiver: RecordingServer;
let credential: StoredCredential;

beforeAll(async () => {
	stand = await openStand('retain-data');
	receiver = await RecordingServer.start(() => ({ status: 204 }));
	const target = { name: `retention ${id}`, channel: 'webhook', to: receiver.url };
	alerting = await Alerting.install(client, { targets: [target] });
	credential = await client.createCredential(`store ${id}`, 'supabaseApi', {
		...{ host: stand.supabase.url, serviceRole: stand.supabase.secretKey },
		allowedHttpRequestDomains: 'all',
	});
});

afterAll(async () => {
	await client.deactivate(id);
	await client.deleteWorkflow(id);
	await alerting?.remove();
	if (credential) await client.deleteCredential(credential.id);
	await receiver?.stop();
	await stand?.close();
});

beforeEach(async () => {
	tenant = await stand.tenant();
	store = stand.open('postgres', { tenant });
	await storeMessages(store, [aged(100, { id: 'old' }), aged(1, { id: 'young', text: 'my-own-words' })]);
});
afterEach(async () => {
	await client.deactivate(id);
	await stand.supabase.exec('delete from opsdesk.messages where tenant_id = $1', [tenant]);
});

/** Puts the workflow in place as a user sets it up, with a schedule of seconds. */
async function publish(settings: Record<string, unknown>): Promise<void> {
	await setUpWorkflow(client, {
		...{ key, id, alerting, credential, settings },
		change: (workflow) => {
			nodeOf(workflow, 'Every night at three').parameters = {
				rule: { interval: [{ field: 'cronExpression', expression: '*/10 * * * * *' }] },
			};
		},
	});
	await client.activate(id);
}

const alertsSince = (before: number) =>
	receiver.requests.slice(before).map(({ body }) => body as ReceivedAlert);
const told = (before: number, fits: (alert: ReceivedAlert) => boolean) =>
	poll(150_000, () => Promise.resolve(alertsSince(before).find(fits)));

test('the first days it only counts, then it removes; the button never does', async () => {
	const before = receiver.requests.length;
	// Of the week, so to speak, thirty seconds.
	await publish({ dryRunDays: 30 / 86_400, tellSuccess: true });
	const first = await told(before, () => true);
	expect(first).toMatchObject({
		title: 'Retention: counted, nothing was removed',
		severity: 'info',
		message: expect.stringContaining(`${tenant} · would be: 1 message archived`),
	});
	expect((await whereabouts(stand.supabase, tenant)).archived).toEqual([]);
	const last = await told(before, ({ title }) => title === 'Retention: done');
	expect(last?.message).toContain(`${tenant} · 1 message archived`);
	expect(await whereabouts(stand.supabase, tenant)).toEqual({ kept: ['young'], archived: ['old'] });
	await client.deactivate(id);

	await storeMessages(store, [aged(100, { id: 'old too' })]);
	await publish({ dryRunDays: 0 });
	await client.deactivate(id);
	const kept = (await whereabouts(stand.supabase, tenant)).kept;
	const execution = await client.run(id, { trigger: 'Count now', timeoutMs: 60_000 });
	expect(executionError(execution)?.message).toBeUndefined();
	expect(outputItems(execution, 'Return the outcome')).toMatchObject([
		{ json: { outcome: 'counted', dryRun: true, failed: 0, tenants: expect.any(Number), held: 0 } },
	]);
	expect((await whereabouts(stand.supabase, tenant)).kept).toEqual(kept);
	expect(JSON.stringify([execution, receiver.requests])).not.toContain('my-own-words');
});

test('what holds keep is told once with the reason, and when it is over; a failure is told, of its tenant alone', async () => {
	const hold = await placeHold(store, {}, 'case 4711');
	const before = receiver.requests.length;
	await publish({ dryRunDays: 0 });
	const held = await told(before, ({ title }) => title.includes('legal holds'));
	expect(held).toMatchObject({
		severity: 'warning',
		status: 'firing',
		dedupeKey: `retention:${id}`,
		message: expect.stringContaining(`${tenant} · hold ${hold.id} (case 4711) keeps 1 message that would go`),
	});
	// Two further runs.
	await new Promise((resolve) => setTimeout(resolve, 21_000));
	expect(alertsSince(before)).toHaveLength(1);

	await stand.supabase.exec(`
		create function opsdesk.stop_it() returns trigger language plpgsql as $$ begin raise exception 'the disk is full'; end $$;
		create trigger stop_it before delete on opsdesk.messages for each row execute function opsdesk.stop_it();
	`);
	await liftHold(store, hold.id);
	const failed = await told(before, ({ severity }) => severity === 'critical');
	expect(failed).toMatchObject({
		title: expect.stringMatching(/^Retention: failed for 1 of \d+ tenants$/),
		details: { [tenant]: 'failed', default: 'well' },
		message: expect.stringMatching(new RegExp(`^${tenant} · failed: .*the disk is full`)),
	});
	await stand.supabase.exec('drop trigger stop_it on opsdesk.messages; drop function opsdesk.stop_it');
	expect(await told(before, ({ status }) => status === 'resolved')).toMatchObject({ severity: 'warning' });
	expect(await whereabouts(stand.supabase, tenant)).toEqual({ kept: ['young'], archived: ['old'] });
});

test('days that are none remove nothing, and say so', async () => {
	const before = receiver.requests.length;
	await publish({ dryRunDays: -1 });
	expect(await told(before, () => true)).toMatchObject({
		title: 'Retention: the settings need attention',
		severity: 'critical',
		message: expect.stringContaining('"dryRunDays" in the node "Settings" is a number of days; -1 is none'),
	});
	expect((await whereabouts(stand.supabase, tenant)).archived).toEqual([]);
});
