import { z } from 'zod';

import { hostField, portField } from '../fields';
import { commonFields, dailyAlertingSchema } from './common';

const days = z.number().min(0).max(3650);

export const certificateSchema = z
	.strictObject({
		type: z.literal('certificate').meta({ description: 'The certificate of a server.' }),
		...commonFields,
		alert: dailyAlertingSchema.prefault({}),
		host: hostField.meta({
			description: 'Host name or address; what the certificate must be for.',
			examples: ['shop.example.com'],
		}),
		port: portField.optional().meta({ description: 'Port; 443 unless given, or that of `starttls`.' }),
		connectTo: hostField.optional().meta({
			description: 'Address or host to connect to in place of `host`.',
			examples: ['203.0.113.10'],
		}),
		servername: z.string().max(253).optional().meta({
			description: 'Name for the handshake (SNI), and what the certificate must be for in place of `host`.',
		}),
		starttls: z.enum(['smtp', 'imap', 'pop3', 'postgres', 'mysql']).optional().meta({
			description: 'The server begins without TLS and changes over to it.',
		}),
		ca: z.string().max(200_000).optional().meta({
			description: 'CAs that are trusted in place of those of the system, as PEM.',
		}),
		eachAddress: z.boolean().default(false).meta({
			description: 'Look at each address of the host; one of several servers may have an old certificate.',
		}),
		protocols: z.boolean().default(false).meta({
			description: 'A warning where the server still takes TLS 1.0 or 1.1.',
		}),
		revocation: z.boolean().default(false).meta({
			description: 'Ask the CA whether the certificate is revoked.',
		}),
		web: z.boolean().default(false).meta({
			description:
				'A warning without Strict-Transport-Security, and unless http:// leads to https://; certificates of hosts that it leads to count too.',
		}),
		warningDays: days.optional().meta({
			description: 'Days before the end; 30, and at most a quarter of the lifetime, unless given.',
		}),
		criticalDays: days.optional().meta({
			description: 'Days before the end; 7, and at most a tenth of the lifetime, unless given.',
		}),
		ignore: z
			.array(z.string().regex(/^[a-z_]{1,60}$/))
			.max(50)
			.default([])
			.meta({
				description: 'Codes of findings that count for nothing, see docs/certificates.md.',
				examples: [['extra_certificate']],
			}),
	})
	.superRefine(({ warningDays, criticalDays }, context) => {
		// Fewer days are worse.
		if (warningDays === undefined || criticalDays === undefined || criticalDays < warningDays) return;
		context.addIssue({
			code: 'custom',
			path: ['criticalDays'],
			message: `must be less than "warningDays" (${warningDays})`,
		});
	})
	.meta({ description: 'Looks at the certificate of a server as its clients do.' });
