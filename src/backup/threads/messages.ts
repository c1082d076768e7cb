import type { BackupContext } from '../context';
import type * as operations from '../operations';

export type OperationName = keyof typeof operations;

/** What the thread of the operations is told; `call` tells those under way apart. */
export type OperationRequest =
	| {
			type: 'start';
			call: number;
			name: OperationName;
			site: unknown;
			docker: BackupContext['docker'];
			options: unknown;
	  }
	| { type: 'cancel'; call: number }
	/** Nothing more will come. */
	| { type: 'end' };

export type OperationAnswer =
	| { type: 'result'; call: number; result: unknown }
	| { type: 'failed'; call: number; message: string; known?: { code: string; remedy: string } };
