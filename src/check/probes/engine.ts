import { DockerError, System } from '../../docker';
import { found } from './finding';
import type { Probe } from './probe';
import { engineFault, engineOf, engineSilent } from './service/engine';
import { guarded } from './service/guard';
import { ServiceFault } from './service/reasons';

/** Whether the container engine answers. Here it is the target itself: one that does not answer is a failure. */
export const probeEngine: Probe<'engine'> = guarded(
	() => 'The container engine',
	async (check, context, stage) => {
		const system = new System(engineOf(context));
		const failure = ({ message }: ServiceFault): ServiceFault =>
			new ServiceFault('engine_unreachable', message, 'critical');
		stage.late = () => failure(engineSilent(check.timeoutSeconds));
		try {
			const { endpoint, apiVersion, durationMs } = await system.ping(context.signal);
			const message = `The container engine at ${endpoint} answers.`;
			return found('ok', 'ok', message, durationMs, { endpoint, apiVersion });
		} catch (thrown) {
			if (!(thrown instanceof DockerError)) throw thrown;
			const fault = engineFault(thrown);
			throw fault.reason === 'engine_unreachable' ? failure(fault) : fault;
		}
	},
);
