import type { ContainerLook } from '../../../docker';
import { formatDuration, maskSecrets } from '../../../shared';
import type { FoundLevel } from '../../alert';
import type { ServiceReason } from '../service/reasons';

/** What one container is found to be. */
export interface Judged {
	name: string;
	service: string | null;
	level: FoundLevel;
	reason: ServiceReason | 'ok';
	/** A clause after the name, such as `is paused`. */
	clause: string;
	state: string;
}

/** Of one that must run. */
export function judgeContainer(look: ContainerLook): Judged {
	const { name, service, state } = look;
	const [level, reason, clause] = verdictOf(look);
	return { name, service, level, reason, clause, state };
}

/** Of a container of a project of which nobody has said what must run: a job that is done need not run. */
export function judgeMember(look: ContainerLook): Judged {
	const judged = judgeContainer(look);
	const isDone =
		look.state === 'exited' &&
		look.exitCode === 0 &&
		!['always', 'unless-stopped'].includes(look.restartPolicy);
	return isDone ? { ...judged, level: 'ok', reason: 'finished', clause: 'has done its work' } : judged;
}

type Verdict = [level: FoundLevel, reason: Judged['reason'], clause: string];

function verdictOf(look: ContainerLook): Verdict {
	const { state, exitCode, outOfMemory, restartCount } = look;
	const exit = `exit code ${exitCode ?? 'unknown'}${outOfMemory ? ', out of memory' : ''}`;
	// Before its health: in a loop it may be running, starting and even healthy at one look.
	if (look.isRestarting)
		return [
			'critical',
			'restarting',
			`is restarted by the engine again and again (${exit}, ${restartCount} times so far)`,
		];
	switch (state) {
		case 'running':
			return healthOf(look);
		case 'exited':
			return [
				'critical',
				'exited',
				`has ended (${exit})${look.error === null ? '' : `: ${maskSecrets(look.error)}`}`,
			];
		case 'dead':
			return ['critical', 'dead', 'is dead: the engine could not remove it'];
		case 'paused':
			return ['critical', 'paused', 'is paused'];
		case 'removing':
			return ['critical', 'removing', 'is being removed'];
		case 'created':
			return [
				'critical',
				'not_started',
				look.error === null
					? 'was made, but never started'
					: `could not be started: ${maskSecrets(look.error)}`,
			];
		default:
			return ['unknown', 'unknown_state', `is in a state that is not known here (${state})`];
	}
}

function healthOf({ health, healthOutput, ageMs, startLimitMs }: ContainerLook): Verdict {
	switch (health) {
		case 'healthy':
			return ['ok', 'ok', 'runs and is healthy'];
		case 'none':
			return ['ok', 'unverified', 'is running, unverified: it has no health check'];
		case 'unhealthy': {
			const said = healthOutput === null ? '' : ` (its check says: ${maskSecrets(healthOutput)})`;
			return ['critical', 'unhealthy', `is unhealthy${said}`];
		}
		case 'starting': {
			const age = formatDuration(ageMs ?? 0);
			// While it starts it is neither well nor ill; counting it as well would end an alarm too early.
			return (ageMs ?? 0) <= startLimitMs
				? ['unknown', 'starting', `is starting, since ${age}`]
				: [
						'critical',
						'starting_too_long',
						`is starting since ${age}, and should need ${formatDuration(startLimitMs)} at most`,
					];
		}
	}
}
