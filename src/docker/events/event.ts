import { createHash } from 'node:crypto';
import { z } from 'zod';

import { nameOf } from '../summary';

export const eventTypes = ['container', 'image', 'network', 'volume'] as const;
export type EventType = (typeof eventTypes)[number];

/** Something that has happened to a container, image, network or volume. */
export interface DockerEvent {
	/** The same each time the engine tells this event, so that one told twice can be known by it. */
	eventId: string;
	/** The engine's clock, with nanoseconds, e.g. `2026-11-22T02:33:52.123456789Z`. */
	at: string;
	type: EventType;
	/** In one word, e.g. `die`, `health_status`, `exec_create`; the command of the latter may hold a password. */
	action: string;
	/** Of a container: its full id. Of a volume: its name. */
	id: string;
	name: string;
	image: string | null;
	/** With `die`. */
	exitCode: number | null;
	/** With `kill`: the number of the signal. */
	signal: number | null;
	/** With `health_status`. */
	health: 'healthy' | 'unhealthy' | 'starting' | null;
	/** With `rename`. */
	formerName: string | null;
	labels: Record<string, string>;
	project: string | null;
	service: string | null;
}

/** An event in the engine's own words, with what is needed to know and to find it again. */
export interface RawEvent {
	key: string;
	/** Nanoseconds since 1970: more digits than a number holds exactly. */
	timeNano: bigint;
	type: string;
	action: string;
	subjectId: string;
	attributes: Record<string, string>;
}

const text = z
	.string()
	.nullish()
	.transform((value) => value ?? '');
const told = z.object({
	Type: text,
	Action: text,
	Actor: z.object({
		ID: text,
		Attributes: z
			.record(z.string(), z.string())
			.nullish()
			.transform((value) => value ?? {}),
	}),
	time: z.number().nullish(),
});

/** Inside a text the quotation marks would stand behind backslashes, so this is the engine's own figure. */
const timeNanoPattern = /"timeNano":\s*(\d{1,19})/;

/** One line of the engine's answer; undefined when it holds no event. */
export function parseEvent(line: string): RawEvent | undefined {
	const parsed = told.safeParse(parseJson(line));
	if (!parsed.success) return undefined;
	const { Type: type, Action: action, Actor: actor, time } = parsed.data;
	const nano = timeNanoPattern.exec(line)?.[1];
	if (type === '' || action === '' || (nano === undefined && !time)) return undefined;
	const timeNano = nano === undefined ? BigInt(Math.floor(time ?? 0)) * 1_000_000_000n : BigInt(nano);
	const { ID: subjectId, Attributes: attributes } = actor;
	const key = eventKey(timeNano, [type, action, subjectId]);
	return { key, timeNano, type, action, subjectId, attributes };
}

/** Two things never happen to one container in the same nanosecond, so time and subject name an event. */
export function eventKey(timeNano: bigint, words: string[]): string {
	const hash = createHash('sha256').update(words.join('\n')).digest('hex').slice(0, 10);
	return `${timeNano}-${hash}`;
}

/** @returns undefined for what is none of the four types, such as the reload of the engine's settings */
export function describeEvent(raw: RawEvent): DockerEvent | undefined {
	const type = eventTypes.find((known) => known === raw.type);
	if (type === undefined) return undefined;
	const { attributes } = raw;
	const [action = '', detail] = raw.action.split(/:\s*/, 2);
	const labels = type === 'container' ? labelsIn(attributes) : {};
	return {
		at: isoInstant(raw.timeNano),
		type,
		action,
		name: nameOf(attributes['name'] || raw.subjectId),
		image: type === 'image' ? raw.subjectId || null : (attributes['image'] ?? null),
		exitCode:
			action === 'die' ? wholeNumberIn(attributes['exitCode'] ?? attributes['containerExitCode']) : null,
		signal: action === 'kill' ? wholeNumberIn(attributes['signal']) : null,
		health: action === 'health_status' ? healthIn(detail ?? attributes['HealthStatus']) : null,
		formerName: action === 'rename' ? nameOf(attributes['oldName'] ?? '') || null : null,
		project: labels['com.docker.compose.project'] ?? null,
		service: labels['com.docker.compose.service'] ?? null,
		labels,
		id: raw.subjectId,
		eventId: raw.key,
	};
}

/** `2026-11-22T02:33:52.123456789Z` */
export function isoInstant(timeNano: bigint): string {
	const milliseconds = Number(timeNano / 1_000_000n);
	const fraction = String(timeNano % 1_000_000_000n).padStart(9, '0');
	return `${new Date(milliseconds).toISOString().slice(0, 19)}.${fraction}Z`;
}

/** An instant of the engine, e.g. `2026-11-22T02:33:52.123456789Z`; undefined when it is none. */
export function nanoseconds(instant: string): bigint | undefined {
	const parts = /^(.+T\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?(Z|[+-]\d\d:\d\d)$/.exec(instant);
	const milliseconds = Date.parse(`${parts?.[1]}${parts?.[3]}`);
	if (!parts || Number.isNaN(milliseconds)) return undefined;
	return BigInt(milliseconds) * 1_000_000n + BigInt((parts[2] ?? '').padEnd(9, '0'));
}

/** The engine puts labels and its own attributes of an event into one list. */
const ownAttributes = new Set([
	...['name', 'image', 'exitCode', 'containerExitCode', 'signal', 'oldName', 'HealthStatus'],
	...['execID', 'execDuration', 'comment', 'imageID', 'imageRef', 'podId'],
]);

function labelsIn(attributes: Record<string, string>): Record<string, string> {
	return Object.fromEntries(Object.entries(attributes).filter(([name]) => !ownAttributes.has(name)));
}

function wholeNumberIn(value: string | undefined): number | null {
	return value !== undefined && /^-?\d{1,9}$/.test(value) ? Number(value) : null;
}

function healthIn(said: string | undefined): DockerEvent['health'] {
	return said === 'healthy' || said === 'unhealthy' || said === 'starting' ? said : null;
}

function parseJson(line: string): unknown {
	try {
		return JSON.parse(line);
	} catch {
		return undefined;
	}
}
