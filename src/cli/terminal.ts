/** Writes progress on one line of a terminal, which each call replaces. */
export function terminalProgress(stream: NodeJS.WriteStream): (text: string) => void {
	return (text) => {
		// A longer line would wrap and could not be replaced.
		stream.write(`\r\u001b[K${text.slice(0, Math.max(0, (stream.columns || 80) - 1))}`);
	};
}
