import { z } from 'zod';

import { Access } from '../access';
import type { EngineConnection } from '../connection';
import { Engine } from '../engine';
import { DockerError } from '../errors';
import { inspectMany } from '../inspect-many';
import { listContainers, type ContainerFilter } from '../list';
import { nameOf, type InspectedContainer } from '../summary';
import { auditFacts } from './facts';
import { auditCodes, rules, severities, type HostFacts, type Severity } from './rules';

export { auditCodes, severities, type Severity } from './rules';

export interface AuditFinding {
	code: string;
	severity: Severity;
	/** Name of the container. */
	container: string;
	message: string;
	remedy: string;
	/** Where the rule comes from. */
	source: string;
	project: string | null;
	/** Full id of the container. */
	id: string;
}

export interface AuditOptions {
	filter?: ContainerFilter | undefined;
	/** Codes that are not looked for. */
	skip?: readonly string[] | undefined;
	/** The lowest that is told; all when absent. */
	leastSeverity?: Severity | undefined;
	signal?: AbortSignal | undefined;
}

export interface AuditReport {
	/** The most severe first. */
	findings: AuditFinding[];
	/** Names of all that were looked at. */
	containers: string[];
}

/** On a container: codes that are accepted there, separated by commas; `all` for every one. */
export const auditIgnoreLabel = 'opsdesk.audit.ignore';

/**
 * Looks how the containers are set up, by rules that have a source each.
 * @throws DockerError `not_permitted`, `invalid_input` for a code that does not exist
 */
export async function audit(
	connection: EngineConnection,
	{ filter = {}, skip = [], leastSeverity = 'info', signal }: AuditOptions = {},
): Promise<AuditReport> {
	const access = new Access(connection);
	access.requireAction('audit');
	const unknown = skip.filter((code) => !auditCodes.includes(code) && code !== 'not_inspected');
	if (unknown.length > 0) throw unknownCodes(unknown);
	const engine = new Engine(connection);
	const listed = await listContainers(engine, access, filter, signal);
	const ids = listed.map(({ Id }) => Id);
	const host = await hostFacts(engine, signal);
	const looked = await inspectMany(engine, ids, { signal });
	const names: string[] = [];
	const findings = listed.flatMap(({ Id, Names }): AuditFinding[] => {
		const found = looked.get(Id);
		if (found === undefined || (found instanceof DockerError && found.code === 'not_found')) return [];
		if (found instanceof DockerError) return [notInspected(Id, nameOf(Names?.[0] ?? Id.slice(0, 12)), found)];
		if (!access.covers(found.Name)) return [];
		names.push(nameOf(found.Name));
		return judgeContainer(found, host);
	});
	const least = severities.indexOf(leastSeverity);
	return {
		findings: findings
			.filter(({ code }) => !skip.includes(code))
			.filter(({ severity }) => severities.indexOf(severity) >= least)
			.sort((a, b) => severities.indexOf(b.severity) - severities.indexOf(a.severity)),
		containers: names,
	};
}

/** What is to be said of one container; what its label accepts is left out. */
export function judgeContainer(container: InspectedContainer, host: HostFacts): AuditFinding[] {
	const facts = auditFacts(container);
	const labels = container.Config.Labels ?? {};
	const accepted = (labels[auditIgnoreLabel] ?? '').split(/[\s,]+/).filter(Boolean);
	if (accepted.includes('all')) return [];
	const name = nameOf(container.Name);
	return rules
		.filter(({ code }) => !accepted.includes(code))
		.flatMap(({ code, remedy, source, check }) => {
			const fault = check(facts, host);
			if (!fault) return [];
			const project = labels['com.docker.compose.project'] ?? null;
			const message = `The container "${name}" ${fault.message}.`;
			return {
				code,
				severity: fault.severity,
				container: name,
				message,
				remedy,
				source,
				project,
				id: container.Id,
			};
		});
}

const info = z.looseObject({ SecurityOptions: z.array(z.string()).nullish() });

/** A proxy may hide it: then it is not known, and nothing is taken for granted. */
async function hostFacts(engine: Engine, signal: AbortSignal | undefined): Promise<HostFacts> {
	try {
		const { SecurityOptions } = await engine.call({ path: '/info', signal }, info);
		return { rootIsMapped: SecurityOptions?.some((option) => /name=(userns|rootless)/.test(option)) };
	} catch (thrown) {
		if (thrown instanceof DockerError && thrown.code === 'proxy_refused') return { rootIsMapped: undefined };
		throw thrown;
	}
}

/** What is not known is not well. */
function notInspected(id: string, container: string, { message, remedy }: DockerError): AuditFinding {
	return {
		code: 'not_inspected',
		severity: 'warning',
		container,
		message: `The container "${container}" could not be looked at: ${message}`,
		remedy,
		source: 'none',
		project: null,
		id,
	};
}

function unknownCodes(codes: string[]): DockerError {
	return new DockerError(
		'invalid_input',
		`The audit has no rule ${codes.map((code) => `"${code}"`).join(', ')}.`,
		`Its rules are: ${auditCodes.join(', ')}.`,
	);
}
