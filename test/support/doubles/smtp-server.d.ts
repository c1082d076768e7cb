// The part of smtp-server that the tests use; the package brings no types.
declare module 'smtp-server' {
	import type { Server } from 'node:net';
	import type { Readable } from 'node:stream';

	interface Address {
		address: string;
	}

	interface Session {
		envelope: { mailFrom: Address | false; rcptTo: Address[] };
	}

	interface Options {
		disabledCommands?: string[];
		onData?(stream: Readable, session: Session, done: (error?: Error) => void): void;
	}

	class SMTPServer {
		readonly server: Server;
		constructor(options: Options);
		listen(port: number, host: string, listening: () => void): void;
		close(closed: () => void): void;
	}
}
