import { DockerControlTrigger } from '../../../nodes/DockerControlTrigger/DockerControlTrigger.node';
import { activateTrigger, type RunningTrigger, type TriggerSetting } from '../trigger-double';

export type { RunningTrigger } from '../trigger-double';

type DockerSetting = Omit<TriggerSetting, 'parameters'> & {
	parameters?: { events?: unknown; filters?: object; options?: object };
};

/** Activates the node as n8n does; n8n itself is not there. */
export async function activate(setting: DockerSetting): Promise<RunningTrigger> {
	const { events = ['*'], filters = {}, options = {} } = setting.parameters ?? {};
	return await activateTrigger(new DockerControlTrigger(), {
		...{ name: 'Docker events', ...setting },
		parameters: { events, filters, options },
	});
}
