import { readFileSync } from 'node:fs';

import * as chat from '../../../../src/chat';
import type { Store } from '../../../../src/store';
import { openStand, transportNames, type Stand } from '../../store/stand';
import { everythingOf } from '../privacy-stand';

let stand: Stand;

beforeAll(async () => {
	stand = await openStand('chat-sealing', {
		// Whoever reads the log of the server is not to find what is sealed.
		settings: {
			log_statement: 'all',
			log_min_duration_statement: '0',
			log_parameter_max_length_on_error: '-1',
		},
	});
});
afterAll(() => stand?.close());

const keyText = chat.generateFieldKey();
const keys = { fieldKeys: chat.fieldKeys({ current: keyText }) };
const anna = { platform: 'telegram', id: '4242' };
const who = { identity: anna };
const secrets = { realName: 'Annalisa Quexley', email: 'Zq@Example.com', phone: '+49 170 5550017' };

describe.each(transportNames)('sealed fields over %s', (transport) => {
	let tenant: string;
	let store: Store;
	beforeEach(async () => {
		tenant = await stand.tenant();
		store = stand.open(transport, { tenant });
	});

	const raw = async (contactId: number): Promise<Record<string, string | null>> =>
		(
			await stand.supabase.exec<Record<string, string | null>>(
				'select * from opsdesk.contacts where id = $1',
				[contactId],
			)
		)[0] ?? {};

	test('fields are sealed on the way in and opened on the way out, by every function', async () => {
		const { id } = await chat.findOrCreateContact(store, anna, 'Anna');
		expect(await chat.updateContact(store, who, { ...secrets, notes: 'n' }, keys)).toMatchObject(secrets);
		const stored = await raw(id);
		for (const field of ['real_name', 'email', 'phone'])
			expect(stored[field]).toMatch(/^sealed:v1:[0-9a-f]{16}:\d+:/);
		expect(stored['notes']).toBe('n');
		expect(await chat.getContact(store, who, keys)).toMatchObject(secrets);
		expect((await chat.getContacts(store, {}, keys)).items).toMatchObject([secrets]);
		expect(await chat.findOrCreateContact(store, anna, undefined, keys)).toMatchObject({
			...secrets,
			created: false,
		});
		expect(await chat.linkIdentity(store, id, { platform: 'sms', id: '1' }, keys)).toMatchObject(secrets);
		for await (const line of chat.exportContact(store, who, keys))
			if (line.includes('"profile"')) expect(JSON.parse(line)).toMatchObject({ contact: secrets });
		const emptied = await chat.updateContact(store, { contactId: id }, { phone: null }, keys);
		expect(emptied).toMatchObject({ email: secrets.email });
		expect(emptied).not.toHaveProperty('phone');
		expect(await raw(id)).toMatchObject({ phone: null, phone_index: null });
	});

	test('without the key a sealed field is named, and is neither shown nor taken for empty', async () => {
		await chat.findOrCreateContact(store, anna, 'Anna');
		await chat.updateContact(store, who, { email: secrets.email, phone: secrets.phone }, keys);
		const contact = await chat.getContact(store, who);
		expect(contact).toMatchObject({ name: 'Anna', sealedFields: ['email', 'phone'] });
		expect(JSON.stringify(contact)).not.toContain('sealed:');
		expect((await chat.getContacts(store)).items).toMatchObject([{ sealedFields: ['email', 'phone'] }]);
		// What is not given stays as it is.
		expect(await chat.updateContact(store, who, { notes: 'x' })).toMatchObject({
			sealedFields: ['email', 'phone'],
		});
		expect(await chat.getContact(store, who, keys)).toMatchObject({ email: secrets.email, notes: 'x' });
	});

	test('with a wrong key the field and the way out are said; a list stays readable', async () => {
		const { id } = await chat.findOrCreateContact(store, anna, 'Anna');
		await chat.updateContact(store, who, { phone: secrets.phone }, keys);
		const wrong = { fieldKeys: chat.fieldKeys({ current: chat.generateFieldKey() }) };
		await expect(chat.getContact(store, who, wrong)).rejects.toMatchObject({
			code: 'sealed',
			message: expect.stringMatching(
				new RegExp(`^The phone of contact ${id} cannot be opened: it was sealed with the key`),
			) as string,
			remedy: 'Add that key to the former keys of the credential.',
		});
		await expect(chat.exportContact(store, who, wrong).next()).rejects.toMatchObject({ code: 'sealed' });
		expect((await chat.getContacts(store, {}, wrong)).items).toMatchObject([
			{ name: 'Anna', sealedFields: ['phone'], sealedProblems: [{ field: 'phone' }] },
		]);
	});

	test('a value that was moved to another contact or field, or changed, is refused', async () => {
		const [a, b] = [
			await chat.findOrCreateContact(store, anna),
			await chat.findOrCreateContact(store, { platform: 'sms', id: '9' }),
		];
		await chat.updateContact(store, { contactId: a.id }, { email: 'a@example.com', phone: '12345' }, keys);
		await chat.updateContact(store, { contactId: b.id }, { email: 'b@example.com' }, keys);
		await stand.supabase.exec(
			'update opsdesk.contacts b set email = a.email from opsdesk.contacts a where a.id = $1 and b.id = $2',
			[a.id, b.id],
		);
		await expect(chat.getContact(store, { contactId: b.id }, keys)).rejects.toThrow(
			/was sealed for another contact/,
		);
		await stand.supabase.exec('update opsdesk.contacts set real_name = phone, phone = null where id = $1', [
			a.id,
		]);
		await expect(chat.getContact(store, { contactId: a.id }, keys)).rejects.toThrow(
			/real name .* belongs to another field/,
		);
		await stand.supabase.exec(
			`update opsdesk.contacts set real_name = null, email = overlay(email placing 'AAAA' from 60) where id = $1`,
			[a.id],
		);
		await expect(chat.getContact(store, { contactId: a.id }, keys)).rejects.toThrow(/e-mail .* was changed/);
	});

	test('merged contacts keep what was sealed for either, also after another merge', async () => {
		const ids: number[] = [];
		for (const [id, fields] of [
			['1', { email: 'a@example.com' }],
			['2', { phone: '12345' }],
			['3', { realName: 'Anna Orlova' }],
		] as const) {
			const made = await chat.findOrCreateContact(store, { platform: 'telegram', id });
			await chat.updateContact(store, { contactId: made.id }, fields, keys);
			ids.push(made.id);
		}
		const [first = 0, second = 0, third = 0] = ids;
		await chat.mergeContacts(store, first, second);
		expect(await chat.mergeContacts(store, second, third, keys)).toMatchObject({
			id: third,
			formerIds: [first, second],
			...{ email: 'a@example.com', phone: '12345', realName: 'Anna Orlova' },
		});
		expect((await chat.findContacts(store, { email: 'A@example.com' }, keys)).items).toMatchObject([
			{ id: third },
		]);
		// Written by a name that it had before.
		await chat.updateContact(store, { contactId: first }, { phone: '777' }, keys);
		expect(await chat.getContact(store, { contactId: third }, keys)).toMatchObject({ phone: '777' });
	});

	test('a contact is found by its e-mail and phone, sealed or not, and what was not compared is said', async () => {
		const { id } = await chat.findOrCreateContact(store, anna);
		const plain = await chat.findOrCreateContact(store, { platform: 'sms', id: '9' });
		await chat.updateContact(store, { contactId: id }, secrets, keys);
		const found = (by: { email: string } | { phone: string }, sealing: chat.Sealing = {}) =>
			chat
				.findContacts(store, by, sealing)
				.then(({ items, unsearched }) => [items.map((item) => item.id), unsearched]);
		expect(await found({ email: 'zq@EXAMPLE.com' }, keys)).toEqual([[id], false]);
		expect(await found({ phone: '0049-170-555 00 17' }, keys)).toEqual([[id], false]);
		expect(await found({ email: 'zq@example.com' })).toEqual([[], true]);
		await chat.updateContact(store, { contactId: plain.id }, { email: 'ZQ@example.com ' });
		expect(await found({ email: 'zq@example.com' })).toEqual([[plain.id], true]);
		expect(await found({ email: 'zq@example.com' }, keys)).toEqual([[id], true]);
		const next = { fieldKeys: chat.fieldKeys({ current: chat.generateFieldKey(), former: keyText }) };
		expect(await found({ phone: '+491705550017' }, next)).toEqual([[id], false]);
		const wrong = { fieldKeys: chat.fieldKeys({ current: chat.generateFieldKey() }) };
		expect(await found({ phone: '+491705550017' }, wrong)).toEqual([[], true]);
		await expect(chat.findContacts(store, { phone: 'none' }, keys)).rejects.toMatchObject({
			code: 'invalid_input',
		});
		// Somebody who does not know of keys changes it: it is not found by what it was.
		await stand.supabase.exec(`update opsdesk.contacts set phone = '1' where id = $1`, [id]);
		expect(await raw(id)).toMatchObject({ phone: '1', phone_index: null });
	});

	test('what only looks sealed is not taken', async () => {
		await chat.findOrCreateContact(store, anna);
		for (const sealing of [{}, keys])
			await expect(chat.updateContact(store, who, { phone: 'sealed:v1:1' }, sealing)).rejects.toMatchObject({
				code: 'invalid_input',
				message: 'The phone begins like a sealed value. Nothing was stored.',
			});
	});

	test('neither the database nor the log of its server holds the key or a sealed value', async () => {
		const { id } = await chat.findOrCreateContact(store, anna);
		const hidden = { realName: 'Hidden Vorlanda', email: 'hidden@example.com', phone: '+49 170 7770019' };
		await chat.updateContact(store, { contactId: id }, hidden, keys);
		await chat.getContact(store, who, keys);
		await chat.findContacts(store, { email: hidden.email }, keys);
		await chat.resealContacts(store, keys.fieldKeys);
		const activity = await stand.supabase.exec<{ query: string }>('select query from pg_stat_activity');
		const log = readFileSync(stand.supabase.postgres.process.logFile, 'utf8');
		expect(log).toContain('update_contact');
		const all = [log, ...(await everythingOf(stand.supabase, tenant)), ...activity.map(({ query }) => query)]
			.join('\n')
			.toLowerCase();
		const hex = Buffer.from(keyText, 'base64').toString('hex');
		for (const word of [keyText, hex, 'vorlanda', hidden.email, '7770019'])
			expect([word, all.includes(word.toLowerCase())]).toEqual([word, false]);
	});
});
