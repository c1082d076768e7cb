import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { compileSchedule, type ScheduleDefinition } from '../../../src/sla';

interface Example {
	id: string;
	kind: 'deadline' | 'elapsed' | 'next_open' | 'in_hours';
	schedule: ScheduleDefinition;
	input: { start?: string; end?: string; at?: string; duration_s?: number };
	expected: { deadline?: string; working_s?: number; next_open?: string; in_hours?: boolean };
}

/** Collected from the test suites of programs that answer the same questions. */
const examples = JSON.parse(
	readFileSync(join(__dirname, '../../fixtures/sla-examples.json'), 'utf8'),
) as Example[];

const named = examples.map((example): [string, Example] => [`${example.id} (${example.kind})`, example]);

test('there are examples of every kind', () => {
	expect(examples.length).toBeGreaterThanOrEqual(36);
	expect(new Set(examples.map(({ kind }) => kind)).size).toBe(4);
});

test.each(named)('the answer to example %s is the one that is agreed on', (_, example) => {
	expect(answer(example)).toEqual(example.expected);
});

function answer({ kind, schedule, input }: Example): Example['expected'] {
	const compiled = compileSchedule(schedule);
	const [start, end, at] = [input.start, input.end, input.at].map((text) => Date.parse(text ?? ''));
	const text = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z');
	switch (kind) {
		case 'deadline':
			return { deadline: text(compiled.deadline(start ?? NaN, (input.duration_s ?? NaN) * 1000)) };
		case 'elapsed':
			return { working_s: compiled.workingTime(start ?? NaN, end ?? NaN) / 1000 };
		case 'next_open':
			return { next_open: text(compiled.nextOpen(at ?? NaN)) };
		case 'in_hours':
			return { in_hours: compiled.isOpen(at ?? NaN) };
	}
}
