// Throws at the frame whatever a script in its parent can, without the port that the loader gave away.
window.answers = [];
window.forge = (target) => {
  const messages = [
    { type: "token", id: 1, token: "forged" },
    { type: "close" },
    { type: "open" },
    { type: "theme", theme: { ink: "white" } },
    { type: "init", theme: {}, scheme: "dark", locale: "da", mode: "inline", open: false },
    { ringfence: 1, type: "close" },
    { ringfence: 1, type: "token", id: 1, token: "forged" },
    { ringfence: 1, type: "connect" },
    { ringfence: 2, type: "connect" },
    null,
    "connect",
    [],
    7,
  ];
  for (const message of messages) {
    const channel = new MessageChannel();
    channel.port1.onmessage = (event) => answers.push(event.data);
    target.postMessage(message, "*");
    target.postMessage(message, "*", [channel.port2]);
    for (const inner of messages) channel.port1.postMessage(inner);
  }
};
