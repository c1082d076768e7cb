import { executionError } from '../support/n8n/executions';
import type { ReceivedAlert } from './backing-up';
import { nodeOf } from './backing-up';
import type { Checking } from './checking';

/** Puts a workflow that checks something in place, with a schedule that does not start it in between. */
export async function setUpToPress(
	checking: Checking,
	key: string,
	{ trigger, settings }: { trigger: string; settings: Record<string, unknown> },
): Promise<void> {
	await checking.setUp(key, settings, (workflow) => {
		nodeOf(workflow, trigger).parameters['rule'] = {
			interval: [{ field: 'cronExpression', expression: '0 0 29 2 *' }],
		};
	});
}

/** Presses the button of a workflow. @returns what was told meanwhile, or what the run failed with */
export async function press(
	checking: Checking,
	key: string,
	button: string,
): Promise<{ alerts: ReceivedAlert[]; error: string }> {
	const before = checking.received().map((alerts) => alerts.length);
	const execution = await checking.client.run(checking.idOf(key), { trigger: button, timeoutMs: 120_000 });
	return {
		alerts: checking.received().flatMap((alerts, index) => alerts.slice(before[index])),
		error: executionError(execution)?.message ?? '',
	};
}
