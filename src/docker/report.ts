import { z } from 'zod';

import { count } from '../shared';
import { Access } from './access';
import type { EngineConnection } from './connection';
import { Containers } from './containers';
import { Engine, type EngineRequest } from './engine';
import { DockerError } from './errors';
import { noImage } from './helper-container';
import { helperImages } from './helper-image';

/** `control`: start, stop and restart. `backup`: what backups and restores ask for. */
export type RefusedRequests = 'control' | 'backup';

/** What a credential can do, found out by trying. */
export interface AccessReport {
	endpoint: string;
	/** `Docker 20.10.24, API 1.41`, or undefined where a proxy hides it. */
	engine: string | undefined;
	accessLevel: EngineConnection['accessLevel'];
	allowedContainers: string[];
	/** Containers on the engine now that the rights cover. */
	coveredContainers: number;
	/** What the access level permits and the proxy in front of the engine does not let through. */
	refusedByProxy: RefusedRequests[];
	/** Why there is no image for helpers, without which volumes and paths of the host are not backed up; null when there is one. */
	noHelperImage: string | null;
}

const version = z.looseObject({
	Version: z.string(),
	Components: z.array(z.looseObject({ Name: z.string() })).nullish(),
});

/**
 * Tries a connection without changing anything: version, list, and an action on a container that cannot exist,
 * which tells a proxy that refuses (403) from one that lets it through (404).
 *
 * @throws DockerError when the engine cannot be reached or containers cannot be listed
 */
export async function reportAccess(
	connection: EngineConnection,
	signal?: AbortSignal,
): Promise<AccessReport> {
	const engine = new Engine(connection);
	const access = new Access(connection);
	const covered = await new Containers(connection).list({}, signal);
	const refused = await refusedByProxy(engine, access, signal);
	const canHelp = access.permits('helper') && !refused.includes('backup');
	return {
		endpoint: engine.endpoint,
		engine: await engineName(engine, signal),
		accessLevel: connection.accessLevel,
		allowedContainers: connection.allowedContainers,
		coveredContainers: covered.length,
		refusedByProxy: refused,
		noHelperImage: canHelp ? await whyNoHelperImage(engine, signal) : null,
	};
}

const blockedText: Record<RefusedRequests, string> = {
	control:
		'But the proxy refuses to start, stop and restart: permit POST /containers/{id}/start, stop and restart in its rules, or set the access level to "Read Only".',
	backup:
		'But the proxy refuses what backups need: permit it in its rules (the README has them), or set the access level to "Control".',
};

/** The report as one line for a person. */
export function describeAccess(report: AccessReport): string {
	const level = { read: 'look only', control: 'look, start, stop and restart', full: 'everything' }[
		report.accessLevel
	];
	const names = report.allowedContainers.join(', ');
	const covered = count(report.coveredContainers, 'container');
	const blocked = report.refusedByProxy.map((kind) => ` ${blockedText[kind]}`).join('');
	const helper =
		report.noHelperImage === null
			? ''
			: ` But volumes and paths of the host cannot be backed up: ${report.noHelperImage}`;
	return `Connected to ${report.engine ?? report.endpoint}. Permitted: ${level}; containers ${names} (${covered} now).${blocked}${helper}`;
}

/** Whether it has a shell shows only when it is used. */
async function whyNoHelperImage(engine: Engine, signal: AbortSignal | undefined): Promise<string | null> {
	try {
		if ((await helperImages(engine, signal)).length > 0) return null;
		throw noImage(engine);
	} catch (thrown) {
		if (thrown instanceof DockerError && thrown.code === 'no_helper_image')
			return `${thrown.message} ${thrown.remedy}`;
		throw thrown;
	}
}

async function engineName(engine: Engine, signal?: AbortSignal): Promise<string | undefined> {
	try {
		const answer = await engine.call({ path: '/version', signal }, version);
		const name = answer.Components?.some(({ Name }) => /podman/i.test(Name)) ? 'Podman' : 'Docker';
		const api = await engine.apiVersion(signal);
		return `${name} ${answer.Version}${api ? `, API ${api}` : ''}`;
	} catch (thrown) {
		if (thrown instanceof DockerError && thrown.code === 'proxy_refused') return undefined;
		throw thrown;
	}
}

// 64 zeros have the shape of an id, which rules in proxies may ask for.
const nobody = `/containers/${'0'.repeat(64)}`;

async function refusedByProxy(
	engine: Engine,
	access: Access,
	signal?: AbortSignal,
): Promise<RefusedRequests[]> {
	const refused: RefusedRequests[] = [];
	const restart: EngineRequest = { method: 'POST', path: `${nobody}/restart`, signal };
	if (access.permits('restart') && !(await reaches(engine, restart))) refused.push('control');
	const exec: EngineRequest = { method: 'POST', path: `${nobody}/exec`, body: { Cmd: ['true'] }, signal };
	const images: EngineRequest = { path: '/images/json', signal };
	if (access.permits('exec') && !((await reaches(engine, exec)) && (await reaches(engine, images))))
		refused.push('backup');
	return refused;
}

/** Whether a request comes to the engine; one on a container that cannot exist is not found there. */
async function reaches(engine: Engine, request: EngineRequest): Promise<boolean> {
	try {
		await engine.send(request);
		return true;
	} catch (thrown) {
		if (!(thrown instanceof DockerError)) throw thrown;
		if (thrown.code === 'not_found') return true;
		// Some proxies refuse with a page of their own and the status 404.
		if (thrown.code === 'proxy_refused' || thrown.code === 'not_an_engine') return false;
		throw thrown;
	}
}
