// What the approver process tells its gateway once it works. In a file of its own: the settings beside it load every channel.

export const approverReady = "ready";
