import { advanceBreaker, askBreaker, newBreaker, type BreakerState } from '../../../../src/decide';

const open: BreakerState = { kind: 'open', untilMs: 1000 };
const halfOpen: BreakerState = { kind: 'halfOpen', sinceMs: 1000 };

test.each([
	['closed', newBreaker, 0, true, 'closed'],
	['open before its time', open, 999, false, 'open'],
	['open at its time', open, 1000, true, 'halfOpen'],
	['half open while one tries', halfOpen, 2000, false, 'halfOpen'],
	['half open when nobody told how the trial ended', halfOpen, 121_000, true, 'halfOpen'],
] as const)('ED-4: %s', (_, state, nowMs, allowed, kind) => {
	const asked = askBreaker(state, nowMs);
	expect([asked.allowed, asked.state.kind]).toEqual([allowed, kind]);
});

test.each([
	['a failure among few counts', newBreaker, 'failed', { kind: 'closed', failures: 1 }],
	['the fifth opens', { kind: 'closed', failures: 4 }, 'failed', { kind: 'open', untilMs: 60_500 }],
	['a failed trial opens again', halfOpen, 'failed', { kind: 'open', untilMs: 60_500 }],
	['a trial that goes well closes', halfOpen, 'succeeded', newBreaker],
	['what goes well forgets failures', { kind: 'closed', failures: 4 }, 'succeeded', newBreaker],
] as const)('ED-4: %s', (_, state, event, next) => {
	expect(advanceBreaker(state, event, 500)).toEqual(next);
});
