import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { categories, type Category, type SpamExample } from '../../../src/decide';

const lines = (file: string): [label: string, text: string][] =>
	readFileSync(join(__dirname, '../../fixtures', file), 'utf8')
		.split('\n')
		.filter((line) => line !== '')
		.map((line) => [line.slice(0, line.indexOf('\t')), line.slice(line.indexOf('\t') + 1)]);

export interface Labelled {
	category: Category;
	text: string;
}

/** Messages of accountants' clients with what a person would call them. */
export const accountantsMessages = (file: 'messages' | 'held-out'): Labelled[] =>
	lines(`accountants/${file}.tsv`).map(([label, text]) => {
		const category = categories.find((name) => name === label);
		if (!category) throw new Error(`There is no category ${label}.`);
		return { category, text };
	});

/** Text messages, each once. */
export const textMessages = (): SpamExample[] => [
	...new Map(
		lines('sms-spam-train.tsv').map(([label, text]) => [text, { text, spam: label === 'spam' }]),
	).values(),
];
