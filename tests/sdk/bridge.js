'use strict';
// Lets a test drive one SDK object: JSON lines in (first the SDK's own configuration, then calls),
// JSON lines out (every event, and the outcome of every call). It knows nothing of the protocol.

const readline = require('readline');
const { Agent } = require('node-agent-sdk');

const EVENTS = [
  'closed',
  'cqm.ExConversationChangeNotification',
  'routing.RoutingTaskNotification',
  'routing.AgentStateNotification',
  'ms.MessagingEventNotification',
];

// These take no callback: the SDK would take ours for an argument.
const WITHOUT_CALLBACK = new Set(['reconnect', 'dispose']);

const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const describe = (error) => {
  if (!error) return null;
  if (error instanceof Error) return { code: error.code, message: error.message };
  return { code: error.code, body: error.body };
};

function start(conf) {
  const agent = new Agent(conf);
  agent.on('connected', () => {
    print({ event: 'connected', agentId: agent.agentId, userId: agent.userId });
  });
  agent.on('error', (error) => print({ event: 'error', body: describe(error) }));
  EVENTS.forEach((name) => agent.on(name, (body) => print({ event: name, body })));
  return agent;
}

function call(agent, { id, call: name, body, metadata }) {
  if (WITHOUT_CALLBACK.has(name)) {
    agent[name](body);
    print({ result: id, error: null });
    return;
  }
  agent[name](body, null, metadata, (error, answer) => {
    print({ result: id, error: describe(error), body: answer ?? null });
  });
}

let agent;
const lines = readline.createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const value = JSON.parse(line);
  if (agent) call(agent, value);
  else agent = start(value);
});
lines.on('close', () => {
  if (agent) agent.dispose();
  process.exit(0);
});
