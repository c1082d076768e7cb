import type { ClockKind, Metric, PolicyLayer, QuietHours, Warning } from './definition';

/** From the most to the least particular. */
export const layerNames = ['chat', 'tier', 'tenant', 'default'] as const;
export type LayerName = (typeof layerNames)[number];

/** A policy with nothing left open. */
export interface Policy {
	/** `null`: not promised. */
	targetMinutes: Record<Metric, number | null>;
	clock: ClockKind;
	warnings: readonly Warning[];
	escalation: { everyMinutes: number; most: number; clock: ClockKind; quietHours: QuietHours | null };
	notify: {
		warning: readonly string[];
		breach: readonly string[];
		escalation: readonly (readonly string[])[];
	};
	/** Which layer has said it, by the field's path. */
	from: Readonly<Record<string, LayerName>>;
}

/** Minutes to answer within, by the tier of a client, unless a tenant says otherwise. */
export const defaultTiers: Readonly<Record<string, PolicyLayer>> = {
	basic: { targetMinutes: { firstResponse: 120, nextResponse: 120 } },
	standard: { targetMinutes: { firstResponse: 60, nextResponse: 60 } },
	vip: { targetMinutes: { firstResponse: 30, nextResponse: 30 } },
	premium: { targetMinutes: { firstResponse: 15, nextResponse: 15 } },
};

const defaults = {
	targetMinutes: { firstResponse: 60, nextResponse: 60, resolution: null },
	clock: 'working',
	warnings: [{ percent: 80 }],
	escalation: { everyMinutes: 30, most: 5, clock: 'working', quietHours: null },
	notify: {
		warning: ['assignee'],
		breach: ['manager', 'assignee'],
		escalation: [['manager', 'assignee']],
	},
} as const satisfies PolicyLayerOf<Policy>;

type PolicyLayerOf<Whole> = Omit<Whole, 'from'>;

/** Joins what chat, tier and tenant say, field by field: the most particular one that says anything is right. */
export function resolvePolicy(layers: Readonly<Partial<Record<LayerName, PolicyLayer>>>): Policy {
	const from: Record<string, LayerName> = {};
	const pick = <Value>(
		field: string,
		of: (layer: PolicyLayer) => Value | undefined,
		otherwise: Value,
	): Value => {
		for (const name of layerNames) {
			const said = layers[name] && of(layers[name]);
			if (said === undefined) continue;
			from[field] = name;
			return said;
		}
		from[field] = 'default';
		return otherwise;
	};
	const target = (metric: Metric): number | null =>
		pick(`targetMinutes.${metric}`, (layer) => layer.targetMinutes?.[metric], defaults.targetMinutes[metric]);
	const { escalation, notify } = defaults;
	return {
		targetMinutes: {
			firstResponse: target('firstResponse'),
			nextResponse: target('nextResponse'),
			resolution: target('resolution'),
		},
		clock: pick<ClockKind>('clock', (layer) => layer.clock, defaults.clock),
		warnings: pick<readonly Warning[]>('warnings', (layer) => layer.warnings, defaults.warnings),
		escalation: {
			everyMinutes: pick<number>(
				'escalation.everyMinutes',
				(layer) => layer.escalation?.everyMinutes,
				escalation.everyMinutes,
			),
			most: pick<number>('escalation.most', (layer) => layer.escalation?.most, escalation.most),
			clock: pick<ClockKind>('escalation.clock', (layer) => layer.escalation?.clock, escalation.clock),
			quietHours: pick<QuietHours | null>(
				'escalation.quietHours',
				(layer) => layer.escalation?.quietHours,
				escalation.quietHours,
			),
		},
		notify: {
			warning: pick<readonly string[]>('notify.warning', (layer) => layer.notify?.warning, notify.warning),
			breach: pick<readonly string[]>('notify.breach', (layer) => layer.notify?.breach, notify.breach),
			escalation: pick<readonly (readonly string[])[]>(
				'notify.escalation',
				(layer) => layer.notify?.escalation,
				notify.escalation,
			),
		},
		from,
	};
}
