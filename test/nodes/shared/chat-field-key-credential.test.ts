import type { ICredentialTestFunctions } from 'n8n-workflow';

import { chatFieldKeyApiTest } from '../../../nodes/shared/chat-field-key-credential';
import { fieldKeys, generateFieldKey } from '../../../src/chat';

const tried = (data: Record<string, string>) =>
	chatFieldKeyApiTest.call({} as ICredentialTestFunctions, {
		id: '1',
		name: 'Key',
		type: 'chatFieldKeyApi',
		data,
	});

test('the test of the credential names the keys by their ids', async () => {
	const [currentSecretKey, formerSecretKeys] = [generateFieldKey(), generateFieldKey()];
	const id = (current: string) => fieldKeys({ current }).current.id;
	expect(await tried({ currentSecretKey, formerSecretKeys: '' })).toEqual({
		status: 'OK',
		message: `Seals with the key ${id(currentSecretKey)}.`,
	});
	const both = await tried({ currentSecretKey, formerSecretKeys: ` ${formerSecretKeys}\n` });
	expect(both.message).toBe(
		`Seals with the key ${id(currentSecretKey)}. Also opens what was sealed with ${id(formerSecretKeys)}.`,
	);
});

test.each([
	[{}, 'The current key for contact fields is missing. Make one with'],
	[{ currentSecretKey: 'hunter2' }, 'The current key for contact fields is not 32 bytes'],
	[
		{ currentSecretKey: generateFieldKey(), formerSecretKeys: 'hunter2' },
		'Former key 1 for contact fields is not 32 bytes',
	],
])('a key that cannot be used is named, and not shown', async (data, message) => {
	const answer = await tried(data);
	expect(answer).toMatchObject({ status: 'Error', message: expect.stringContaining(message) as string });
	expect(answer.message).not.toContain('hunter2');
});
