import type { Slice } from './report';

/** Colours are those of the page, light or dark. */
const colours = {
	ok: 'var(--ok)',
	warning: 'var(--warning)',
	critical: 'var(--critical)',
	none: 'var(--none)',
	line: 'var(--line)',
} as const;

const height = 34;
const width = 300;

/** Draws charts as SVG, without a browser. */
export interface Charts {
	/** One bar for each hour or day, by how much of it the target was up. */
	uptime(slices: readonly Slice[]): string;
	/** The latency that 95 of 100 answers were below. */
	latency(slices: readonly Slice[]): string;
}

/** Loads the library on first use: it is large. */
export async function loadCharts(): Promise<Charts> {
	const { init } = await import('echarts');
	const draw = (option: object): string => {
		const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
		try {
			chart.setOption({ animation: false, grid: { left: 0, right: 0, top: 2, bottom: 2 }, ...option });
			return chart.renderToSVGString();
		} finally {
			chart.dispose();
		}
	};
	const hiddenAxis = { show: false };
	/** Drawn once for all targets that look the same: most are well all the time. */
	const bars = new Map<string, string>();
	return {
		uptime: (slices) => {
			const shown = slices.map(colourOf);
			const known = bars.get(shown.join());
			if (known !== undefined) return known;
			const drawn = draw({
				xAxis: { ...hiddenAxis, type: 'category', data: slices.map(({ start }) => start) },
				yAxis: { ...hiddenAxis, type: 'value', min: 0, max: 100 },
				series: [
					{
						...{ type: 'bar', silent: true, barCategoryGap: '25%' },
						data: shown.map((color) => ({ value: 100, itemStyle: { color, borderRadius: 2 } })),
					},
				],
			});
			bars.set(shown.join(), drawn);
			return drawn;
		},
		latency: (slices) =>
			draw({
				xAxis: {
					...hiddenAxis,
					type: 'category',
					boundaryGap: false,
					data: slices.map(({ start }) => start),
				},
				yAxis: { ...hiddenAxis, type: 'value', min: 0 },
				series: [
					{
						...{ type: 'line', silent: true, showSymbol: false, connectNulls: false },
						data: slices.map(({ p95Ms }) => p95Ms),
						lineStyle: { color: colours.line, width: 2 },
						itemStyle: { color: colours.line },
					},
				],
			}),
	};
}

function colourOf({ uptimePercent }: Slice): string {
	if (uptimePercent === null) return colours.none;
	if (uptimePercent >= 99.9) return colours.ok;
	return uptimePercent >= 95 ? colours.warning : colours.critical;
}
