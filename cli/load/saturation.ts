/** Above this utilization of its event loop, the generator's own queueing distorts every duration. */
export const saturatedUtilization = 0.9;
