/** Marks every helper container, which this package makes for its own work on volumes and host paths. */
export const helperLabel = 'opsdesk.helper';
/** Marks containers that are made for the time of a test alone. */
export const throwawayLabel = 'opsdesk.throwaway';
