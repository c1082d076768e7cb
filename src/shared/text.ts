/** `1 container`, `3 containers`. */
export function count(amount: number, noun: string): string {
	return `${amount} ${noun}${amount === 1 ? '' : 's'}`;
}

/** Cuts `text` to at most `maxLength` characters and says so with an ellipsis. */
export function shorten(text: string, maxLength: number): string {
	return text.length <= maxLength ? text : `${text.slice(0, Math.max(0, maxLength - 1))}…`;
}

/** `0 B`, `812 kB`, `1.2 GB`: three significant digits at most, units of 1000 as on the labels of disks. */
export function formatBytes(sizeBytes: number): string {
	const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
	let amount = sizeBytes;
	let unit = 0;
	// 999.5 would be shown as 1000.
	while (amount >= 999.5 && unit < units.length - 1) {
		amount /= 1000;
		unit += 1;
	}
	return `${unit === 0 || amount >= 99.95 ? Math.round(amount) : Number(amount.toFixed(1))} ${units[unit]}`;
}

/** `85 ms`, `1.2 s`, `3 min 4 s`, `2 h 5 min`. */
export function formatDuration(durationMs: number): string {
	if (durationMs < 1000) return `${Math.round(durationMs)} ms`;
	if (durationMs < 59_950) return `${Number((durationMs / 1000).toFixed(1))} s`;
	const seconds = Math.round(durationMs / 1000);
	const [minutes, hours] = [Math.floor(seconds / 60), Math.floor(seconds / 3600)];
	return hours > 0 ? `${hours} h ${minutes % 60} min` : `${minutes} min ${seconds % 60} s`;
}
