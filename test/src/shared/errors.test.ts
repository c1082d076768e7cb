import { constants } from 'node:os';

import { systemCode, systemMessage } from '../../../src/shared';

/** As Node throws an error that it does not know by name. */
const unknown = (errno: number): Error =>
	Object.assign(
		new Error(`Unknown system error -${errno}: Unknown system error -${errno}, open '/backups/a'`),
		{
			errno: -errno,
			code: `Unknown system error -${errno}`,
		},
	);

test.each([
	[constants.errno.EDQUOT, 'EDQUOT', /^EDQUOT: disk quota exceeded$/],
	[constants.errno.ESTALE, 'ESTALE', /^ESTALE: stale file handle/],
	[117, 'EUCLEAN', /^EUCLEAN: structure needs cleaning/],
])('an error of the system that Node knows by its number %i alone has its name', (errno, code, message) => {
	expect(systemCode(unknown(errno))).toBe(code);
	expect(systemMessage(unknown(errno))).toMatch(message);
});

test('other errors keep what they have, without the call and its path', () => {
	const full = Object.assign(new Error("ENOSPC: no space left on device, open '/a, b'"), {
		errno: -constants.errno.ENOSPC,
		code: 'ENOSPC',
	});
	expect([systemCode(full), systemMessage(full)]).toEqual(['ENOSPC', 'ENOSPC: no space left on device']);
	expect([systemCode(new Error('other')), systemMessage('text')]).toEqual([undefined, 'text']);
});
