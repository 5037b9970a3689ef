'use strict';
// What every bot here needs, by the SDK's public interface alone: one line of input with the SDK's
// configuration and the bot's task, lines of output that say what it did, and a connection that
// comes back: after `closed`, and after `error` 401, as the SDK's README has it.

const readline = require('readline');
const { Agent } = require('node-agent-sdk');

const RATIO = 1.25;
const ATTEMPTS = 35;

const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

// Returns a callback that reports an error and passes the answer on.
const then = (what, next = () => {}) => (error, answer) => {
  if (error) print({ failed: what, code: error.code, error: error.body || error.message });
  else next(answer);
};

function comeBack(agent, seconds) {
  let timer;
  const again = (delay, attempt) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (attempt < ATTEMPTS) again(delay * RATIO, attempt + 1);
      agent.reconnect();
    }, delay * 1000);
  };
  agent.on('connected', () => clearTimeout(timer));
  agent.on('closed', (code) => { print({ did: 'close', code }); again(seconds, 1); });
  agent.on('error', (error) => {
    print({ did: 'hear of trouble', code: error.code });
    if (error.code === 401) again(seconds, 1);
  });
  return () => clearTimeout(timer);
}

// Runs a bot: `begin(agent, task)` adds its listeners, `arrive(agent, task)` runs on each connection.
function run({ begin, arrive }) {
  let agent;
  let rest;
  const lines = readline.createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const task = JSON.parse(line);
    agent = new Agent(task.conf);
    rest = comeBack(agent, task.patience || 5);
    begin(agent, task);
    agent.on('connected', () => {
      arrive(agent, task);
      agent.getClock({}, then('getClock', () => print({ did: 'connect', as: agent.agentId })));
    });
  });
  lines.on('close', () => {
    if (rest) rest();
    if (agent) agent.dispose();
    process.exit(0);
  });
}

// Goes online, takes what rings, and is told of its own open conversations.
function work(agent) {
  agent.setAgentState({ availability: 'ONLINE' }, then('setAgentState'));
  agent.subscribeExConversations({ agentIds: [agent.agentId], convState: ['OPEN'] }, then('subscribe'));
  agent.subscribeRoutingTasks({}, then('subscribeRoutingTasks'));
}

function acceptAll(agent) {
  agent.on('routing.RoutingTaskNotification', ({ changes }) => {
    changes.forEach(({ type, result }) => {
      if (type === 'DELETE') return;
      result.ringsDetails.filter((ring) => ring.ringState === 'WAITING').forEach(({ ringId }) => {
        agent.updateRingState({ ringId, ringState: 'ACCEPTED' }, then('accept'));
      });
    });
  });
}

// Calls `met(conversation details, id)` once for each conversation that this agent serves.
function meet(agent, met) {
  const known = new Set();
  agent.on('cqm.ExConversationChangeNotification', ({ changes }) => {
    changes.forEach(({ type, result }) => {
      if (type === 'DELETE') {
        known.delete(result.convId);
        print({ did: 'part', conversationId: result.convId });
        return;
      }
      const mine = result.conversationDetails.participants.some((p) => p.id === agent.agentId);
      if (!mine || known.has(result.convId)) return;
      known.add(result.convId);
      met(result.conversationDetails, result.convId);
    });
  });
}

const text = (message) => ({ type: 'ContentEvent', contentType: 'text/plain', message });

function say(agent, dialogId, message, next) {
  agent.publishEvent({ dialogId, event: text(message) }, then('say', next));
}

function change(agent, conversationId, conversationField, next) {
  agent.updateConversationField({ conversationId, conversationField }, then('change', next));
}

module.exports = { acceptAll, change, meet, print, run, say, text, then, work };
