import { setImmediate as nextTurn } from 'node:timers/promises';

import type { MetricFamily } from '../../shared';

/**
 * Figures in the text format of Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats/). Families of the
 * same name become one; the last of two samples with the same labels counts.
 */
export async function exposition(families: readonly MetricFamily[]): Promise<string> {
	const { Gauge, Registry } = await import('prom-client');
	const registry = new Registry();
	for (const [name, alike] of byName(families)) {
		const [first] = alike;
		const samples = alike.flatMap((family) => family.samples);
		if (!first || samples.length === 0) continue;
		const labelNames = [...new Set(samples.flatMap(({ labels }) => Object.keys(labels)))];
		const gauge = new Gauge({ name, help: first.help, labelNames, registers: [registry] });
		for (const { labels, value } of samples) gauge.set(labels, value);
		// Thousands of figures must not keep n8n from answering.
		await nextTurn();
	}
	return await registry.metrics();
}

function byName(families: readonly MetricFamily[]): Map<string, MetricFamily[]> {
	const found = new Map<string, MetricFamily[]>();
	for (const family of families) {
		const alike = found.get(family.name);
		if (alike) alike.push(family);
		else found.set(family.name, [family]);
	}
	return found;
}
