import { Script } from 'node:vm';
import { errorMessage } from '../../shared';
import type { WorkflowNode } from '../model';
import type { Rule } from './finding';

const secrets: [string, RegExp][] = [
	['a Telegram bot token', /\b\d{8,}:[\w-]{35}\b/],
	['a Slack token', /\bxox[a-z]-[\w-]{10,}/],
	['an API key', /\b(?:sk-|sk_live_|ghp_|github_pat_|glpat-|sb_secret_|re_)[\w-]{16,}/],
	['an AWS key', /\bAKIA[0-9A-Z]{16}\b/],
	['a signed token', /\beyJ[\w-]{10,}\.[\w-]{10,}\./],
	['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----|AGE-SECRET-KEY-1/],
	['a user name and password in an address', /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@"\\]+:[^\s/@"\\]+@/i],
];

/** Hosts a workflow may name: those reserved for examples, and public services by their own names. */
const allowedHost =
	/(^|\.)(example\.(com|org|net)|localhost|slack\.com|pagerduty\.com|telegram\.org|n8n\.io)$/;

/** Every text of a value with the name of its field. */
function* texts(value: unknown): Iterable<string> {
	if (typeof value === 'string') yield value;
	else if (typeof value === 'object' && value !== null)
		for (const entry of Object.values(value)) yield* texts(entry);
}

/** What people have written goes through these nodes, or what is known of them. */
const carriesMessages = ({ type, parameters }: WorkflowNode): boolean =>
	/\.(channelTrigger|channelBatchTrigger|channelSend|evaDecide|slaTimerTrigger|telegramTrigger|whatsAppTrigger)$/.test(
		type,
	) ||
	(type.endsWith('.supabaseChatStore') &&
		['contact', 'conversation', 'message', 'privacy', undefined].includes(
			parameters['resource'] as string | undefined,
		));

export const contentRules: Rule[] = [
	{
		name: 'keeps-no-messages',
		*check({ workflow }) {
			if (!workflow.nodes.some(carriesMessages)) return;
			const { saveDataSuccessExecution, saveManualExecutions } = workflow.settings ?? {};
			if (saveDataSuccessExecution !== 'none' || saveManualExecutions !== false)
				yield {
					message: 'Messages go through it, and n8n keeps its successful executions.',
					remedy: 'Set settings.saveDataSuccessExecution to "none" and saveManualExecutions to false.',
				};
		},
	},
	{
		name: 'no-credentials',
		*check({ workflow }) {
			for (const { name } of workflow.nodes.filter(({ credentials }) => credentials !== undefined)) {
				yield {
					node: name,
					message: 'It names a credential of one n8n.',
					remedy: 'Remove "credentials"; users select their own.',
				};
			}
		},
	},
	{
		name: 'no-secrets',
		*check({ workflow }) {
			for (const node of workflow.nodes) {
				for (const text of texts(node.parameters)) {
					for (const [what, pattern] of secrets) {
						if (pattern.test(text))
							yield {
								node: node.name,
								message: `It holds what looks like ${what}.`,
								remedy: 'Put it into a credential, and change it where it is used.',
							};
					}
				}
			}
		},
	},
	{
		name: 'no-foreign-hosts',
		*check({ workflow }) {
			for (const node of workflow.nodes) {
				for (const text of texts(node.parameters)) {
					const hosts = [...text.matchAll(/\bhttps?:\/\/([a-z0-9.-]+)/gi)].map(([, host = '']) =>
						host.toLowerCase(),
					);
					for (const host of hosts.filter((name) => !allowedHost.test(name))) {
						yield {
							node: node.name,
							message: `It names the host ${host}.`,
							remedy: 'Use example.com for examples.',
						};
					}
				}
			}
		},
	},
	{
		name: 'no-environment',
		*check({ workflow }) {
			for (const node of workflow.nodes) {
				if ([...texts(node.parameters)].some((text) => /\$env\b|process\.env/.test(text))) {
					yield {
						node: node.name,
						message: 'It reads environment variables, which n8n blocks.',
						remedy: 'Use the settings node or a credential.',
					};
				}
			}
		},
	},
	{
		name: 'code-parses',
		*check({ workflow }) {
			for (const { name, parameters } of workflow.nodes) {
				if (typeof parameters.jsCode !== 'string') continue;
				try {
					// Compiled only, never run.
					new Script(`(async function () {${parameters.jsCode}\n})`);
				} catch (error) {
					yield {
						node: name,
						message: `Its code does not parse: ${errorMessage(error)}`,
						remedy: 'Correct the code.',
					};
				}
			}
		},
	},
];
