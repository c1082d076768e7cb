import { z } from 'zod';

import { hostField, listOf, nameServerField, portField } from '../fields';
import { checkThresholds, commonFields } from './common';

const text = z.string().min(1).max(2000);

const statusField = z.union([
	z.number().int().min(100).max(599),
	z.string().regex(/^[1-5]\d\d-[1-5]\d\d$/, { error: 'must be a range such as "200-299"' }),
]);

const urlField = z
	.string()
	.max(4000)
	.superRefine((address, context) => {
		const url = URL.parse(address);
		const isWeb = url?.protocol === 'http:' || url?.protocol === 'https:';
		if (!isWeb)
			context.addIssue({ code: 'custom', message: 'must be an address such as "https://shop.example.com/"' });
	});

const milliseconds = z.number().int().min(1).max(120_000);

const scalar = z.union([z.string().max(2000), z.number(), z.boolean(), z.null()]);

export const httpSchema = z
	.strictObject({
		type: z.literal('http').meta({ description: 'A web address.' }),
		...commonFields,
		url: urlField.meta({ description: 'The address.', examples: ['https://shop.example.com/'] }),
		method: z.enum(['GET', 'HEAD', 'OPTIONS', 'POST']).default('GET').meta({ description: 'HTTP method.' }),
		headers: z
			.record(z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/), z.string().max(4000))
			.default({})
			.meta({
				description: 'Headers of the request. Secrets belong into a credential, see `authenticated`.',
				examples: [{ Accept: 'application/json' }],
			}),
		body: z.string().max(100_000).optional().meta({ description: 'Body of the request.' }),
		authenticated: z.boolean().default(false).meta({
			description:
				'Send the header of the Header Auth credential of the node. It goes to the host of `url` only.',
		}),
		status: z
			.array(statusField)
			.min(1)
			.max(50)
			.default(['200-299'])
			.meta({
				description: 'Statuses that are good: numbers and ranges.',
				examples: [['200-299', 401]],
			}),
		redirects: z.enum(['follow', 'stay']).default('follow').meta({
			description: '`stay`: the redirect itself is the answer, for example with the status 301.',
		}),
		contains: listOf(text)
			.default([])
			.meta({
				description: 'Texts that the answer must hold.',
				examples: [['Add to cart']],
			}),
		containsNot: listOf(text)
			.default([])
			.meta({
				description: 'Texts that the answer must not hold, such as the words of an error page.',
				examples: [['Fatal error']],
			}),
		json: z
			.array(
				z.strictObject({
					path: text.meta({
						description: 'JSONPath (RFC 9535). Where it leads to several places, all of them are meant.',
						examples: ['$.status'],
					}),
					equals: z
						.union([scalar, z.array(scalar).min(1).max(50)])
						.optional()
						.meta({
							description: 'What must stand there, or a list of what may; anything at all unless given.',
							examples: ['ok', ['ok', 'degraded']],
						}),
				}),
			)
			.max(50)
			.default([])
			.meta({ description: 'What a JSON answer must hold.' }),
		responseTime: z
			.strictObject({ warning: milliseconds.optional(), critical: milliseconds.optional() })
			.optional()
			.meta({
				description: 'Slower answers are a warning or a failure; in milliseconds, redirects included.',
				examples: [{ warning: 1000, critical: 5000 }],
			}),
		securityHeaders: z.boolean().default(false).meta({
			description:
				'A warning where a security header is missing: Strict-Transport-Security, Content-Security-Policy, X-Content-Type-Options, Referrer-Policy, and protection against framing.',
		}),
		forceHttps: z.boolean().default(false).meta({
			description: 'A warning unless the same address over http:// leads to https://.',
		}),
		addressFamily: z.enum(['any', 'ipv4', 'ipv6']).default('any').meta({
			description: '`any` tries all addresses; `ipv6` notices that only IPv6 is dead.',
		}),
		privateRedirects: z.boolean().default(false).meta({
			description:
				'Also follow redirects that lead further inside: from a public host to a private network (10.0.0.0/8 …), from there to this machine (127.0.0.0/8) or to link-local addresses (169.254.0.0/16).',
		}),
	})
	.superRefine(({ responseTime }, context) => {
		if (responseTime !== undefined) checkThresholds(responseTime, context, ['responseTime']);
	})
	.meta({ description: 'Asks a web address.' });

export const tcpSchema = z
	.strictObject({
		type: z.literal('tcp').meta({ description: 'A port.' }),
		...commonFields,
		host: hostField.meta({ description: 'Host name or address.', examples: ['mail.example.com'] }),
		port: portField.meta({ description: 'Port.', examples: [25] }),
	})
	.meta({ description: 'Opens a connection.' });

export const dnsSchema = z
	.strictObject({
		type: z.literal('dns').meta({ description: 'A name.' }),
		...commonFields,
		host: hostField.meta({
			description: 'The name that is looked up.',
			examples: ['shop.example.com'],
		}),
		record: z
			.enum(['A', 'AAAA', 'CAA', 'CNAME', 'MX', 'NS', 'SRV', 'TXT'])
			.default('A')
			.meta({ description: 'Kind of record.' }),
		expect: listOf(text)
			.default([])
			.meta({
				description: 'Values that must be among the answers; any answer will do unless given.',
				examples: [['203.0.113.10']],
			}),
		server: nameServerField.optional().meta({
			description:
				'Address of the name server that is asked, with a port if need be; those of the machine unless given.',
			examples: ['192.0.2.53', '192.0.2.53:5353'],
		}),
	})
	.meta({ description: 'Looks up a name, without the search domains of the machine.' });
