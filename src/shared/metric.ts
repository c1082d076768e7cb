/** Figures of one kind for a monitoring system: what each area has to tell, whoever asks. */
export interface MetricFamily {
	/** As Prometheus names them: base units, `opsdesk_` first. */
	name: string;
	help: string;
	samples: MetricSample[];
}

export interface MetricSample {
	labels: Record<string, string>;
	value: number;
}
