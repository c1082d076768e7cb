import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import {
	classifyMessage,
	compileRules,
	scoreSpam,
	trainSpamModel,
	type CompiledRules,
} from '../../../src/decide';
import type { Area, Tell } from '../main';
import { goal, median, rounded } from '../numbers';
import { measureReplay } from './replay';
import { engineOf, logicOf, type PlainFacts, type PlainRule } from './peers';

const ruleCount = 100;
/** Stored decisions that are made again by other rules. */
const replayed = 10_000;
const roundCount = 9;
const limitMicroseconds = 50;
const categories = ['REQUEST', 'SPAM', 'GRATITUDE', 'CLARIFICATION'];

/**
 * How long rules, the spam model and the keywords take for a message, how rules compare with two libraries, and what replaying
 * stored decisions takes.
 */
export const measure: Area = async (_, tell) => ({
	rules: await measureRules(tell),
	words: measureWords(tell),
	replay: await measureReplay(replayed, tell),
});

/** Microseconds for one of many turns; the first round is the engine's own warming up. */
function microseconds(turn: (index: number) => void, turns: number): number {
	const times: number[] = [];
	for (let round = 0; round <= roundCount; round += 1) {
		const begun = performance.now();
		for (let index = 0; index < turns; index += 1) turn(index);
		if (round > 0) times.push(((performance.now() - begun) * 1000) / turns);
	}
	return rounded(median(times));
}

const plainRules: PlainRule[] = Array.from({ length: ruleCount }, (_, index) => ({
	id: `rule_${index}`,
	category: categories[index % categories.length] ?? '',
	least: index % 11,
}));

const plainFacts = Array.from({ length: 44 }, (_, index): PlainFacts => ({
	category: categories[index % categories.length] ?? '',
	priority: (index * 7) % 11,
}));

const compileOwn = (): Promise<CompiledRules> =>
	compileRules({
		rules: plainRules.map(({ id, category, least }) => ({
			...{ id, outcome: 'escalate' as const },
			when: {
				conditions: [
					{
						leftValue: 'message.category',
						rightValue: category,
						operator: { type: 'string', operation: 'equals' },
					},
					{
						leftValue: 'message.priority',
						rightValue: least,
						operator: { type: 'number', operation: 'gte' },
					},
				],
			},
		})),
	});

async function measureRules(tell: Tell): Promise<object> {
	const own = await compileOwn();
	const [engine, logic] = [engineOf(plainRules), logicOf(plainRules)];
	const facts = plainFacts.map(({ category, priority }) => ({
		'message.category': category,
		'message.priority': priority,
	}));
	for (const [index, plain] of plainFacts.entries()) {
		const held = own.run(facts[index] ?? {}).matches.map(({ rule }) => rule.id);
		for (const peer of [engine, logic]) {
			const theirs = await peer(plain);
			if (theirs.sort().join() !== [...held].sort().join())
				throw new Error('The rules that hold are not the same.');
		}
	}
	const product = microseconds((index) => own.run(facts[index % facts.length] ?? {}), 5000);
	const jsonLogic = microseconds(
		(index) => void logic(plainFacts[index % plainFacts.length] ?? noFacts),
		500,
	);
	const jsonRulesEngine = await engineMicroseconds(engine);
	tell(
		`${ruleCount} rules: ${product} µs, json-logic-js ${jsonLogic} µs, json-rules-engine ${jsonRulesEngine} µs`,
	);
	return {
		hundredRulesMicroseconds: goal(product, 'atMost', limitMicroseconds),
		...{ jsonLogicMicroseconds: jsonLogic, jsonRulesEngineMicroseconds: jsonRulesEngine },
		timesAsFastAsJsonLogic: rounded(jsonLogic / product),
		timesAsFastAsJsonRulesEngine: rounded(jsonRulesEngine / product),
	};
}

const noFacts: PlainFacts = { category: '', priority: 0 };

async function engineMicroseconds(engine: ReturnType<typeof engineOf>): Promise<number> {
	const times: number[] = [];
	for (let round = 0; round <= roundCount; round += 1) {
		const begun = performance.now();
		for (const facts of plainFacts) await engine(facts);
		if (round > 0) times.push(((performance.now() - begun) * 1000) / plainFacts.length);
	}
	return rounded(median(times));
}

function measureWords(tell: Tell): object {
	const examples = readFileSync(join(__dirname, '../../fixtures/sms-spam-train.tsv'), 'utf8')
		.split('\n')
		.filter((line) => line !== '')
		.map((line) => ({ text: line.slice(line.indexOf('\t') + 1), spam: line.startsWith('spam') }));
	const begun = performance.now();
	const model = trainSpamModel(examples);
	const trainMs = Math.round(performance.now() - begun);
	const textOf = (index: number): string => examples[index % examples.length]?.text ?? '';
	const score = microseconds((index) => void scoreSpam(model, textOf(index)), examples.length);
	const classify = microseconds((index) => void classifyMessage(textOf(index)), examples.length);
	tell(`a spam score ${score} µs, a category ${classify} µs, training ${trainMs} ms`);
	return {
		spamScoreMicroseconds: goal(score, 'atMost', limitMicroseconds),
		...{
			classifyMicroseconds: classify,
			trainMs,
			modelKilobytes: Math.round(JSON.stringify(model).length / 1000),
		},
	};
}
