import { z } from 'zod';

import { SharedDocument, shorten, type StateStore } from '../../shared';
import { alertRecord, newAlertRecord } from '../alert';
import { CheckError } from '../errors';
import { certificateMemory } from './certificates';
import type { JudgedTarget } from './targets';

const about = z.object({
	name: z.string(),
	site: z.string().nullable(),
	owner: z.string().nullable(),
	type: z.string(),
	severity: z.enum(['warning', 'critical']),
});
/** What a target is, for those who know no more than what is remembered. */
export type About = z.infer<typeof about>;

const identity = z.object({
	host: z.string(),
	pid: z.number().int(),
	processStart: z.string(),
	bootId: z.string(),
	pidNamespace: z.string(),
});

const targetMemory = z.object({
	about,
	record: alertRecord,
	/** Of the last answer. */
	latencyMs: z.number().nullable(),
	/** Empty for what has none. */
	certificates: certificateMemory.default([]),
	/** Whether the last run had it among its checks. */
	listed: z.boolean().default(true),
	/** Who has looked at it last; empty when unknown. */
	user: z.string().max(200).default(''),
	/** A run that looks at it now, since when, until when it has done so at the latest, and the process it is in. */
	busy: z
		.object({ run: z.string().max(100), from: z.number().int(), until: z.number().int(), by: identity })
		.nullable(),
});
export type TargetMemory = z.infer<typeof targetMemory>;

const memoryDocument = z.object({
	version: z.literal(1),
	targets: z.array(targetMemory.extend({ key: z.string().max(500) })).max(10_000),
});
type MemoryDocument = z.infer<typeof memoryDocument>;

/** What is remembered of the targets of a set, by their keys. */
export type Memory = ReadonlyMap<string, TargetMemory>;

const mostSets = 200;
/** Names of sets are a part of the names of documents. */
const setPattern = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** The names of the sets of which something is remembered. @throws StateError `state_unavailable` */
export async function checkSets(store: StateStore): Promise<string[]> {
	const names = (await store.keys('checks/')).map((key) => /^checks\/([^/]+)\/memory$/.exec(key)?.[1]);
	return names.flatMap((name) => name ?? []).slice(0, mostSets);
}

/** What is remembered of checks that are made together. */
export class CheckMemory {
	private readonly document: SharedDocument<MemoryDocument>;

	/**
	 * @param set name of the checks that are made together
	 * @throws CheckError `invalid_input` for what is no name
	 */
	constructor(store: StateStore, set: string) {
		if (!setPattern.test(set)) {
			throw new CheckError(
				'invalid_input',
				`"${shorten(set, 80)}" is not the name of a set of checks.`,
				'Use a–z, 0–9 and "-", beginning with a letter or digit, at most 63 characters.',
			);
		}
		this.document = new SharedDocument<MemoryDocument>(store, `checks/${set}/memory`, {
			title: `What is remembered of the checks "${set}"`,
			schema: memoryDocument,
			empty: { version: 1, targets: [] },
		});
	}

	/** @throws StateError */
	async read(): Promise<Memory> {
		return fromDocument(await this.document.read());
	}

	/** On disk when it resolves. @param decide may be called several times @throws StateError */
	async change<Result>(decide: (memory: Memory) => { memory: Memory; result: Result }): Promise<Result> {
		return await this.document.change((document) => {
			const { memory, result } = decide(fromDocument(document));
			const targets = [...memory].map(([key, kept]) => ({ key, ...kept }));
			return { value: { version: 1, targets }, result };
		});
	}
}

function fromDocument({ targets }: MemoryDocument): Memory {
	return new Map(targets.map(({ key, ...kept }) => [key, kept]));
}

/** With what the target is now. */
export function remembered(memory: Memory, target: JudgedTarget, now: number): TargetMemory {
	const { key, site, owner, check } = target;
	const blank = { record: newAlertRecord(now), latencyMs: null, certificates: [], user: '', busy: null };
	const kept = memory.get(key) ?? blank;
	const { name, type, severity } = check;
	return { ...kept, listed: true, about: { name, site, owner, type, severity } };
}
