import type { INodeProperties } from 'n8n-workflow';

/** Options of updates that containers and Compose projects have in common. */
export const updateFields = {
	drain: {
		displayName: 'Drain Time (Seconds)',
		name: 'drainSeconds',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 3600 },
		default: 5,
		description:
			'How long the former container goes on with open connections once the new one has its names; only where both run for a while',
	},
	healthTimeout: {
		displayName: 'Health Timeout (Seconds)',
		name: 'healthTimeoutSeconds',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 3600 },
		default: 120,
		description: 'How long a container with a health check may take to become healthy',
	},
	pull: {
		displayName: 'Pull',
		name: 'pull',
		type: 'boolean',
		default: true,
		description:
			'Whether to ask the registry for a newer image first; off for images that are made on the engine',
	},
	settle: {
		displayName: 'Settle Time (Seconds)',
		name: 'settleSeconds',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 3600 },
		default: 10,
		description: 'How long a container without a health check has to run to count as well',
	},
} satisfies Record<string, INodeProperties>;

/** What becomes of an outcome that is not as asked for. */
export function reportOrError(displayName: string, name: string, what: string): INodeProperties {
	return {
		displayName,
		name,
		type: 'options',
		default: 'error',
		options: [
			{ name: 'Fail', value: 'error', description: `The node fails when ${what}` },
			{ name: 'Return the Report', value: 'report', description: 'The item says what happened' },
		],
	};
}
