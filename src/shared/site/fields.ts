import { isIP, isIPv4, isIPv6 } from 'node:net';
import { z } from 'zod';
import { LONE_SURROGATE, patternProblem } from '../patterns';
import { NAME, nameProblem } from './names';
import { pathProblem, tidyPath } from './paths';

const LIST_LIMIT = 200;

/** A schema that refuses a text for the reason `problemOf` finds. */
function textField(maxLength: number, problemOf: (text: string) => string | undefined) {
	return z
		.string()
		.min(1)
		.max(maxLength)
		.superRefine((text, context) => {
			const problem = text === '' ? undefined : problemOf(text);
			if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
		});
}

/** A list of at most 200 entries. */
export function listOf<Entry extends z.ZodType>(entry: Entry) {
	return z.array(entry).max(LIST_LIMIT);
}

export const nameField = z.string().regex(NAME, { error: ({ input }) => nameProblem(String(input)) });

export const pathField = z
	.string()
	.min(1)
	.overwrite(tidyPath)
	.superRefine((path, context) => {
		const problem = path === '' ? undefined : pathProblem(path);
		if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
	});

export const patternField = textField(1000, patternProblem);

/** Docker's own rule for the names of containers and volumes, which also keeps them out of options and paths. */
const ENGINE_NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;
export const engineNameField = z.string().min(1).max(255).regex(ENGINE_NAME, {
	error: 'may hold only letters, digits, "_", "." and "-", and begins with a letter or digit',
});

export const projectField = z
	.string()
	.min(1)
	.max(255)
	.regex(/^[a-z0-9][a-z0-9_-]*$/, {
		error:
			'is not the name of a Compose project: lower-case letters, digits, "-" and "_", beginning with a letter or digit',
	});

/** Longest name PostgreSQL keeps; it cuts longer ones without a word. */
const POSTGRES_NAME_MAX_BYTES = 63;

export const roleField = textField(POSTGRES_NAME_MAX_BYTES, postgresNameProblem);

export const databaseField = textField(POSTGRES_NAME_MAX_BYTES, (text) => {
	// pg_dump takes such a name for a connection string, and that could lead to another server or hold a password.
	if (/=|^postgres(ql)?:\/\//.test(text)) return 'must be the name of a database, not a connection string';
	return postgresNameProblem(text);
});

const HOST = /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?$/;

/** A server that is reached over the network. */
export const hostField = z
	.string()
	.min(1)
	.max(253)
	.refine((text) => HOST.test(text) || isIP(text) !== 0, {
		error: 'must be a host name or an IP address',
	});

const NAME_SERVER = /^(?:\[(?<ipv6>[^\]]+)\]|(?<ipv4>[\d.]+))(?::(?<port>\d{1,5}))?$/;

/** An IP address, with a port if need be. */
export const nameServerField = z
	.string()
	.max(100)
	.refine(
		(text) => {
			if (isIP(text) !== 0) return true;
			const { ipv6, ipv4, port = '53' } = NAME_SERVER.exec(text)?.groups ?? {};
			const isAddress = isIPv6(ipv6 ?? '') || isIPv4(ipv4 ?? '');
			return isAddress && Number(port) >= 1 && Number(port) <= 65_535;
		},
		{ error: 'must be an IP address such as "192.0.2.53", "192.0.2.53:5353" or "[2001:db8::53]:53"' },
	);

/** A host as the programs of PostgreSQL take it; lists and anything else that could be an option are refused. */
export const serverHostField = z
	.string()
	.min(1)
	.max(253)
	.refine((text) => HOST.test(text) || isIP(text) !== 0 || pathProblem(text) === undefined, {
		error: 'must be a host name, an IP address, or the absolute path of the folder of a socket',
	});

/** As `docker pull` takes it. */
export const imageField = z
	.string()
	.max(500)
	.regex(/^[A-Za-z0-9][A-Za-z0-9._:/@-]*$/, {
		error: 'must be the name of an image, such as postgres:17',
	});

export const portField = z.number().int().min(1).max(65_535);

function postgresNameProblem(text: string): string | undefined {
	if (text.startsWith('-')) return 'must not start with "-"';
	if (/\p{Cc}/u.test(text) || LONE_SURROGATE.test(text)) return 'must not hold control characters';
	return Buffer.byteLength(text) > POSTGRES_NAME_MAX_BYTES
		? `must be at most ${POSTGRES_NAME_MAX_BYTES} bytes long`
		: undefined;
}

const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const HOST_NAME = new RegExp(`^(?=.{1,253}$)(?:${LABEL}\\.)+${LABEL}$`);

export const domainField = z
	.string()
	.regex(HOST_NAME, {
		error:
			'must be a host name such as "shop.example.com", without "https://", port or path; names with other letters are written as "xn--…"',
	})
	.overwrite((text) => text.toLowerCase());

export const ownerField = textField(200, (text) =>
	/\p{Cc}/u.test(text) || LONE_SURROGATE.test(text) ? 'must be one line' : undefined,
);
