import { randomUUID } from 'node:crypto';

import { RecordingServer } from '../support/doubles/recording-server';
import { poll } from '../support/n8n/poll';
import { sharedN8n } from '../support/n8n/shared';
import { nodeOf, type ReceivedAlert } from './backing-up';
import { Checking, outOfOrder } from './checking';
import { checkOnce } from './served';

const client = sharedN8n();
const set = `acknowledge-${randomUUID()}`;
const path = `acknowledge-${randomUUID()}`;
const authorization = `Basic ${Buffer.from('ops:a long password').toString('base64')}`;
const form = `${client.url}/form/${path}`;
let checking: Checking;
let site: RecordingServer;
let link: string;

beforeAll(async () => {
	site = await RecordingServer.start(() => ({ status: 200 }));
	checking = await Checking.install(client);
	const credential = await client.createCredential(`Form ${set}`, 'httpBasicAuth', {
		user: 'ops',
		password: 'a long password',
	});
	await checking.setUp('run-site-checks', { acknowledgeUrl: form });
	await checking.setUp('acknowledge-alerts', {}, (workflow) => {
		const trigger = nodeOf(workflow, 'When somebody answers');
		trigger.credentials = { httpBasicAuth: { id: credential.id, name: credential.name } };
		trigger.parameters['options'] = { ...(trigger.parameters['options'] as object), path };
		trigger['webhookId'] = trigger.id;
	});
	site.outage = outOfOrder;
	const { alerts } = await checking.run({ set, checks: [page] });
	link = (alerts[0] as (ReceivedAlert & { url: string }) | undefined)?.url ?? '';
});

afterAll(async () => {
	await checking?.remove();
	await site?.stop();
});

const alert = { failures: 1, recoveries: 1 };
const page = {
	...{ name: 'Front page & more', type: 'http', alert },
	get url() {
		return site.url;
	},
};

/** What the checks say of themselves. */
async function known(): Promise<Record<string, unknown>> {
	const [result] = await checkOnce(client, set, [{ ...page, url: site.url }]);
	return result ?? {};
}

const words = {
	acknowledge: 'Somebody takes care: no reminders until it ends or gets worse',
	silence: 'Tell nothing of it for a while',
	withdraw: 'Take back what was said',
};

interface Answer {
	what?: string;
	check?: string;
	by?: string;
	hours?: string;
	note?: string;
}

/** Fills in the form as a browser does, and reads the page that it ends with. */
async function answer({ what = '', check = page.name, by = 'Ada', hours = '', note = '' }: Answer) {
	const body = new FormData();
	for (const [index, value] of [what, check, set, by, hours, note].entries())
		body.append(`field-${index}`, value);
	const sent = await fetch(form, { method: 'POST', body, headers: { authorization } });
	expect(sent.status).toBe(200);
	const { formWaitingUrl } = (await sent.json()) as { formWaitingUrl: string };
	// A browser asks how far it is before it goes there; n8n leaves whoever comes too early without an answer.
	const status = new URL(formWaitingUrl);
	status.pathname += '/n8n-execution-status';
	await poll(15_000, async () =>
		['form-waiting', 'success'].includes(await (await fetch(status)).text()) ? true : undefined,
	);
	return await (await fetch(formWaitingUrl, { headers: { authorization } })).text();
}

test('HC-31: the link in an alert leads to the form, filled in; following it, signed in or not, changes nothing', async () => {
	expect(link).toBe(`${form}?set=${set}&check=Front%20page%20%26%20more`);
	expect((await fetch(link)).status).toBe(401);
	const shown = await fetch(link, { headers: { authorization } });
	expect(shown.status).toBe(200);
	const text = await shown.text();
	expect(text).toContain('value="Front page &amp; more"');
	expect(text).toContain(`value="${set}"`);
	const tempting = `${link}&what=${encodeURIComponent(words.acknowledge)}&by=Robot`;
	await fetch(tempting, { headers: { authorization } });
	await fetch(tempting, { method: 'HEAD', headers: { authorization } });
	expect(await known()).toMatchObject({ acknowledged: false, held: null });
	expect((await fetch(form, { method: 'POST', body: new FormData() })).status).toBe(401);
});

test('HC-31: a person takes care, silences and takes it back, and reads what was noted', async () => {
	const noted = await answer({ what: words.acknowledge, note: 'disk is on its way' });
	expect(noted).toContain('Front page &amp; more');
	expect(noted).toContain('Ada takes care of it');
	expect(await known()).toMatchObject({ acknowledged: true });
	expect(await answer({ what: words.silence, hours: '2' })).toMatch(/Nothing is told of it until 20/);
	expect(await known()).toMatchObject({ held: 'silenced' });
	expect(await answer({ what: words.withdraw })).toContain('It is told of as before');
	expect(await known()).toMatchObject({ acknowledged: false, held: null });
});

test('what cannot be done is said, and nothing is changed', async () => {
	const silence = { what: words.silence };
	expect(await answer({ ...silence, check: 'Nobody' })).toMatch(
		/Nothing was changed[^]*No check of .* is called/,
	);
	expect(await answer({ ...silence, hours: '10000' })).toMatch(/Nothing was changed[^]*at most 168/);
	expect(await answer({ ...silence, by: ' ' })).toMatch(/Nothing was changed[^]*Your name/);
	expect(await answer({ what: 'Explode' })).toMatch(/Nothing was changed[^]*Choose what is to be said/);
	const markup = await answer({ ...silence, check: '<script>alert(1)</script>' });
	expect(markup).not.toContain('<script>alert(1)</script>');
	expect(await known()).toMatchObject({ acknowledged: false, held: null });
});
