'use strict';
// A routing bot as a user of the SDK would write it on an afternoon: signs in with a key, accepts
// what rings, greets, and hands the conversation on. Its first line of input is
// {conf: <the SDK's configuration>, greeting, skill, agent?}; it prints what it did.

const readline = require('readline');
const { Agent } = require('node-agent-sdk');

const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

function transfer(task, conversationId) {
  const fields = [{ field: 'ParticipantsChange', type: 'REMOVE', role: 'ASSIGNED_AGENT' }];
  if (task.agent) {
    fields.push({
      field: 'ParticipantsChange', type: 'SUGGEST', role: 'ASSIGNED_AGENT', userId: task.agent,
    });
  }
  fields.push({ field: 'Skill', type: 'UPDATE', skill: task.skill });
  return { conversationId, conversationField: fields };
}

function route(task) {
  const agent = new Agent(task.conf);
  const begun = new Set();
  const failed = (what) => (error) => {
    if (error) print({ failed: what, error: error.body || error.message });
  };

  agent.on('connected', () => {
    agent.setAgentState({ availability: 'ONLINE' }, failed('setAgentState'));
    agent.subscribeExConversations({ agentIds: [agent.agentId], convState: ['OPEN'] }, failed('subscribe'));
    agent.subscribeRoutingTasks({}, failed('subscribeRoutingTasks'));
    print({ did: 'connect' });
  });

  agent.on('routing.RoutingTaskNotification', (body) => {
    body.changes.filter((change) => change.type === 'UPSERT').forEach((change) => {
      change.result.ringsDetails.filter((ring) => ring.ringState === 'WAITING').forEach((ring) => {
        agent.updateRingState({ ringId: ring.ringId, ringState: 'ACCEPTED' }, failed('accept'));
      });
    });
  });

  agent.on('cqm.ExConversationChangeNotification', (body) => {
    body.changes.forEach(({ type, result }) => {
      if (type === 'DELETE') {
        begun.delete(result.convId);
        print({ did: 'hand over', conversationId: result.convId });
        return;
      }
      const mine = result.conversationDetails.participants.some((p) => p.id === agent.agentId);
      if (!mine || begun.has(result.convId)) return;
      begun.add(result.convId);
      const consumer = result.conversationDetails.participants.find((p) => p.role === 'CONSUMER');
      agent.getUserProfile(consumer.id, (error, profile) => {
        failed('getUserProfile')(error);
        print({ did: 'read profile', conversationId: result.convId, profile });
        agent.publishEvent({
          dialogId: result.convId,
          event: { type: 'ContentEvent', contentType: 'text/plain', message: task.greeting },
        }, (publishError) => {
          failed('publishEvent')(publishError);
          agent.updateConversationField(transfer(task, result.convId), failed('transfer'));
        });
      });
    });
  });

  agent.on('error', (error) => print({ failed: 'error', error: error.message }));
  agent.on('closed', (code) => print({ did: 'close', code }));
  return agent;
}

let agent;
const lines = readline.createInterface({ input: process.stdin });
lines.on('line', (line) => { agent = route(JSON.parse(line)); });
lines.on('close', () => {
  if (agent) agent.dispose();
  process.exit(0);
});
