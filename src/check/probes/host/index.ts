import type { CheckOf } from '../../../shared';
import { found } from '../finding';
import type { Finding, Probe } from '../probe';
import { engineOf, engineSilent } from '../service/engine';
import { guarded } from '../service/guard';
import { ServiceFault } from '../service/reasons';
import { exceeded, judge } from '../service/thresholds';
import { cpuTaken, diskTaken, inodesTaken, loadTaken, memoryTaken, type Measured } from './figures';
import { engineMachine, ownMachine, type Machine } from './machine';

const longestSampleMs = 1000;

/** How much of a machine is taken: its processors, memory, a file system. */
export const probeHost: Probe<'host'> = guarded(nameOf, async (check, context, stage) => {
	const { via, timeoutSeconds } = check;
	const { signal } = context;
	if (via === 'engine') stage.late = () => engineSilent(timeoutSeconds);
	const machine =
		via === 'engine' ? engineMachine(engineOf(context), check.name, signal) : ownMachine(signal);
	const measured = await measureOf(check, machine);
	if (measured === undefined)
		throw new ServiceFault(
			'not_measurable',
			`${nameOf(check)} cannot be measured on ${machine.name}.`,
			'unknown',
		);
	return judgeMeasured(check, machine, measured);
});

const words = {
	cpu: 'Processors',
	memory: 'Memory',
	disk: 'The disk',
	inodes: 'The inodes',
	load: 'The load per processor',
} as const;

function nameOf({ measure, path }: CheckOf<'host'>): string {
	return measure === 'disk' || measure === 'inodes' ? `${words[measure]} of ${path}` : words[measure];
}

async function measureOf(check: CheckOf<'host'>, machine: Machine): Promise<Measured> {
	const { measure, path, timeoutSeconds } = check;
	switch (measure) {
		case 'cpu':
			return cpuTaken(await machine.kernel(Math.min(longestSampleMs, timeoutSeconds * 500)));
		case 'memory':
			return memoryTaken(await machine.kernel(0));
		case 'load':
			return loadTaken(await machine.kernel(0));
		case 'disk':
			return diskTaken(await machine.fileSystem(path));
		case 'inodes':
			return inodesTaken(await machine.fileSystem(path));
	}
}

function judgeMeasured(
	check: CheckOf<'host'>,
	machine: Machine,
	{ percent, details }: NonNullable<Measured>,
): Finding {
	const level = judge(percent, check);
	const is = check.measure === 'load' ? 'is' : 'taken:';
	return found(
		level,
		level === 'ok' ? 'ok' : 'threshold',
		`${nameOf(check)} ${is} ${percent} %${exceeded(level, check)} (${machine.name}).`,
		null,
		{ percent, ...details },
	);
}
