import { z } from 'zod';

import { describeFaults, parseInput } from '../../../shared';
import { ChannelError } from '../../errors';

const path = z
	.string()
	.regex(/^[\w$-]+(\.[\w$-]+)*$/, 'must be names separated by dots, such as data.message.id');
const headerName = z
	.string()
	.regex(/^[A-Za-z0-9-]{1,100}$/, 'must be the name of a header')
	.transform((name) => name.toLowerCase());

export const gatewaySchema = z.strictObject({
	/** How a request proves where it comes from. */
	proof: z.discriminatedUnion('kind', [
		z.strictObject({
			kind: z.literal('hmac'),
			header: headerName.default('x-signature'),
			algorithm: z.enum(['sha256', 'sha512', 'sha1']).default('sha256'),
			encoding: z.enum(['hex', 'base64']).default('hex'),
			/** What stands before the signature, such as `sha256=`. */
			prefix: z.string().max(50).default(''),
		}),
		z.strictObject({ kind: z.literal('token'), header: headerName.default('authorization') }),
	]),
	contentType: z.enum(['application/json', 'application/x-www-form-urlencoded']).default('application/json'),
	/** Where things stand in what the gateway sends. */
	fields: z.strictObject({
		/** The list of messages, where a request may bring several. */
		messages: path.optional(),
		id: path,
		from: path,
		to: path.optional(),
		text: path.optional(),
		/** ISO 8601, or seconds or milliseconds since 1970. */
		sentAt: path.optional(),
		name: path.optional(),
		/** One address of a file, or a list of them. */
		mediaUrl: path.optional(),
		/** Makes a report about a message of ours of what has it. */
		status: path.optional(),
	}),
});

export type Gateway = z.output<typeof gatewaySchema>;
export type GatewayInput = z.input<typeof gatewaySchema>;

/** @throws ChannelError `invalid_input` naming each field */
export function parseGateway(input: unknown): Gateway {
	const parsed = parseInput(gatewaySchema, input);
	if (parsed.ok) return parsed.value;
	throw new ChannelError(
		'invalid_input',
		`The description of the SMS gateway is wrong: ${describeFaults(parsed.faults)}.`,
		'Correct the fields by what the gateway documents about its webhook.',
	);
}
