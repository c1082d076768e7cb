import { z } from 'zod';

import { uniqueNames } from '../unique-names';
import { certificateSchema } from './certificate';
import { dnsSchema, httpSchema, tcpSchema } from './network';
import {
	backupAgeSchema,
	containerSchema,
	engineSchema,
	hostSchema,
	n8nCheckSchema,
	postgresSchema,
	redisSchema,
	supabaseSchema,
} from './services';

/** One check. */
export const checkSchema = z.discriminatedUnion('type', [
	httpSchema,
	tcpSchema,
	dnsSchema,
	certificateSchema,
	postgresSchema,
	redisSchema,
	supabaseSchema,
	n8nCheckSchema,
	containerSchema,
	engineSchema,
	hostSchema,
	backupAgeSchema,
]);

export type Check = z.output<typeof checkSchema>;
export type CheckInput = z.input<typeof checkSchema>;
export type CheckType = Check['type'];
export type CheckOf<Type extends CheckType> = Extract<Check, { type: Type }>;

/** Checks of one site, or of none. */
export const checksSchema = z.array(checkSchema).max(1000).superRefine(uniqueNames);

export { engineSchema };
