/**
 * How the contract travels between a window and main. These are the only channel names that exist; preload and shell
 * import them from here.
 */
export const WIRE_CALL = 'cosy:call'
export const WIRE_START = 'cosy:start'
export const WIRE_CANCEL = 'cosy:cancel'
export const WIRE_EVENT = 'cosy:event'
export const WIRE_JOB = 'cosy:job'
