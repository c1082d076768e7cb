import { StopHistory } from '../../../../src/docker/events';
import type { RawEvent } from '../../../../src/docker/events/event';
import { isoInstant } from '../../../../src/docker/events/event';

const id = 'a'.repeat(64);
const start = 1_763_778_832_000_000_000n;

/** `10 kill 15`: at second 10 the container was sent signal 15; `… other` is what another container does. */
function history(lines: string[]): StopHistory {
	return new StopHistory(
		lines.map((line, index): RawEvent => {
			const [second = '0', action = '', detail = ''] = line.split(' ');
			return {
				key: String(index),
				timeNano: start + BigInt(Math.round(Number(second) * 1000)) * 1_000_000n,
				type: 'container',
				action,
				subjectId: detail === 'other' ? 'b'.repeat(64) : id,
				attributes: { signal: detail, exitCode: detail },
			};
		}),
	);
}

const others = (from: number) => Array.from({ length: 256 }, (_, index) => `${from + index / 100} top other`);

const cases: [string, string[], string, RegExp][] = [
	['docker stop', ['0 start', '9 kill 15', '9.1 die 0', '9.2 stop'], 'person', /stopped/],
	[
		'docker stop that had to kill',
		['9 kill 15', '19 kill 9', '19.1 die 137', '19.2 stop'],
		'person',
		/stopped/,
	],
	['docker kill', ['0 start', '9 kill 9', '9.01 die 137'], 'person', /signal 9/],
	['a crash', ['0 start', '9 die 1'], 'crash', /without having been asked/],
	['a crash after a reload by SIGHUP', ['0 start', '5 kill 1', '9 die 1'], 'crash', /without/],
	['an end by SIGHUP', ['0 start', '8.9 kill 1', '9 die 129'], 'person', /signal 1$/],
	['no memory left', ['0 start', '8 oom', '9 die 137'], 'oom', /memory/],
	['no memory left, told after the end', ['0 start', '9 die 137', '9.1 oom'], 'oom', /memory/],
	['no memory left in the next run', ['0 start', '8 die 1', '9 start', '9.1 oom'], 'crash', /without/],
	[
		'a stop, a start and a crash',
		['0 kill 15', '1 die 0', '1.1 stop', '2 start', '9 die 1'],
		'crash',
		/without/,
	],
	[
		'a crash and a later stop',
		['0 start', '1 die 1', '2 start', '5 kill 15', '6 die 0', '6.1 stop'],
		'person',
		/./,
	],
	['another one was stopped', ['0 start', '8 kill other', '9 die 1', '9.1 stop other'], 'crash', /./],
	['nothing remembered', [], 'unknown', /has been started since/],
	['forgotten over others', others(100), 'unknown', /has forgotten its end/],
	['what came before is forgotten', [...others(100), '103 die 1'], 'unknown', /came before its end/],
	['enough of it is remembered', [...others(100), '135 die 1'], 'crash', /without/],
];
test.each(cases)('%s', (_name, lines, by, reason) => {
	const ending = history(lines).whoStopped(id);
	expect(ending).toMatchObject({ by, reason: expect.stringMatching(reason) });
});

test('what happened before the last start does not count', () => {
	const stopped = history(['0 kill 15', '1 die 0', '1.1 stop', '9 die 7']);
	expect(stopped.whoStopped(id, isoInstant(start + 5_000_000_000n))).toMatchObject({
		by: 'crash',
		exitCode: 7,
	});
});

test('a memory that reaches back to the start of the container is enough', () => {
	const crashed = history([...others(100), '103 die 1']);
	expect(crashed.whoStopped(id, isoInstant(start + 101_000_000_000n)).by).toBe('crash');
});
