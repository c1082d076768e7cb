import { DockerControlTrigger } from '../../../nodes/DockerControlTrigger/DockerControlTrigger.node';
import { activateTrigger, type RunningTrigger, type TriggerSetting as Setting } from '../trigger-double';

export type { RunningTrigger } from '../trigger-double';

export type TriggerSetting = Omit<Setting, 'parameters'> & {
	parameters?: { events?: unknown; filters?: object; options?: object };
};

/** Activates the node as n8n does; n8n itself is not there. */
export async function activate(setting: TriggerSetting): Promise<RunningTrigger> {
	const { events = ['*'], filters = {}, options = {} } = setting.parameters ?? {};
	return await activateTrigger(new DockerControlTrigger(), {
		...{ name: 'Docker events', ...setting },
		parameters: { events, filters, options },
	});
}
