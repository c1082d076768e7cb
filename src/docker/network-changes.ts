import { z } from 'zod';

import { shorten } from '../shared';
import { refusal } from './answer';
import type { AnswerWithHeaders, Engine, EngineRequest } from './engine';
import { DockerError } from './errors';
import { plainText } from './log-lines';
import type { EngineNetwork } from './network-summary';

/** What a network is made of. */
export interface NetworkDefinition {
	name: string;
	/** `bridge` unless given. */
	driver?: string | undefined;
	/** Without a way out of the host. */
	internal?: boolean | undefined;
	attachable?: boolean | undefined;
	ipv6?: boolean | undefined;
	/** `172.28.0.0/24`; chosen by the engine unless given. */
	subnet?: string | undefined;
	gateway?: string | undefined;
	/** Part of the subnet from which containers get their addresses. */
	ipRange?: string | undefined;
	labels?: Record<string, string> | undefined;
	/** Of the driver. */
	options?: Record<string, string> | undefined;
}

const engineWords = z.object({ message: z.string().min(1) });

/** The body of the request that makes it. @throws DockerError `invalid_input` */
export function networkCreation(name: string, definition: NetworkDefinition): object {
	const { driver, internal, attachable, ipv6, subnet, gateway, ipRange, labels, options } = definition;
	if (!subnet && (gateway || ipRange)) {
		throw new DockerError(
			'invalid_input',
			'A gateway or range of addresses was given for the network without its subnet.',
			'Give "Subnet" as well, such as 172.28.0.0/24.',
		);
	}
	const addresses = {
		Subnet: subnet,
		...(gateway && { Gateway: gateway }),
		...(ipRange && { IPRange: ipRange }),
	};
	return {
		Name: name,
		// Engines before API 1.44 would make a second network of the same name.
		CheckDuplicate: true,
		Driver: driver || 'bridge',
		Internal: internal ?? false,
		Attachable: attachable ?? false,
		EnableIPv6: ipv6 ?? false,
		...(subnet && { IPAM: { Config: [addresses] } }),
		Labels: labels ?? {},
		Options: options ?? {},
	};
}

/** @throws DockerError `conflict` unless the network has all that is asked for */
export function refuseDifferentNetwork(present: EngineNetwork, asked: NetworkDefinition): void {
	const config = present.IPAM?.Config ?? [];
	const has = (own: Record<string, string>, wanted: Record<string, string> | undefined) =>
		Object.entries(wanted ?? {}).every(([key, value]) => own[key] === value);
	const differs = [
		present.Driver !== (asked.driver || 'bridge') && 'driver',
		present.Internal !== (asked.internal ?? false) && 'way out of the host',
		present.EnableIPv6 !== (asked.ipv6 ?? false) && 'IPv6',
		present.Attachable !== (asked.attachable ?? false) && 'attachability',
		asked.subnet && !config.some(({ Subnet }) => Subnet === asked.subnet) && 'subnet',
		asked.gateway && !config.some(({ Gateway }) => Gateway === asked.gateway) && 'gateway',
		asked.ipRange && !config.some(({ IPRange }) => IPRange === asked.ipRange) && 'range of addresses',
		!has(present.Labels, asked.labels) && 'labels',
		!has(present.Options, asked.options) && 'options',
	].filter(Boolean);
	if (differs.length === 0) return;
	throw new DockerError(
		'conflict',
		`There is a network "${asked.name}" already, with another ${differs.join(' and ')}.`,
		'The engine cannot change a network. Choose another name, or remove that one when no container needs it.',
	);
}

/**
 * Sends a change of a network. The engine answers 403 where a network is in use or addresses are taken, which elsewhere is
 * what proxies say.
 */
export async function sendNetworkChange(engine: Engine, request: EngineRequest): Promise<AnswerWithHeaders> {
	const answer = await engine.send({ ...request, alsoAccept: [403] });
	if (answer.status !== 403) return answer;
	const words = engineWords.safeParse(parseJson(answer.body));
	if (!words.success) throw refusal(answer, `${request.method ?? 'GET'} ${request.path}`, engine.endpoint);
	const said = shorten(plainText(words.data.message).trim(), 500).replace(/\.?$/, '.');
	throw new DockerError(
		'conflict',
		`The engine refused the change of the network: ${said}`,
		'Where it is in use, disconnect or remove its containers first. Where addresses are taken, choose another subnet.',
	);
}

export function builtInNetwork(name: string): DockerError {
	return new DockerError(
		'not_permitted',
		`The network "${name}" belongs to the engine itself and is never removed.`,
		'Choose a network that somebody has made.',
	);
}

/** @param users names that may be shown */
export function networkInUse(name: string, users: string[]): DockerError {
	return new DockerError(
		'conflict',
		`The network "${name}" is in use by ${users.join(', ') || 'a container'}.`,
		'Remove those containers first, running or not: a stopped one whose network is gone cannot be started any more.',
	);
}

function parseJson(body: Buffer): unknown {
	try {
		return JSON.parse(body.toString('utf8'));
	} catch {
		return undefined;
	}
}
