'use strict';
// Passes a customer on to the agent who served them last, as the history has it, else to a skill.

const https = require('https');
const staying = require('./staying');

function request(host, path, { bearer, body }, next) {
  const options = { method: body ? 'POST' : 'GET', headers: { 'Content-Type': 'application/json' } };
  if (bearer) options.headers.Authorization = `Bearer ${bearer}`;
  const asked = https.request(`https://${host}${path}`, options, (answer) => {
    const pieces = [];
    answer.on('data', (piece) => pieces.push(piece));
    answer.on('end', () => next(JSON.parse(Buffer.concat(pieces).toString())));
  });
  asked.on('error', (error) => staying.print({ failed: 'request', error: error.message }));
  asked.end(body ? JSON.stringify(body) : undefined);
}

function history(agent, { conf }, consumer, next) {
  const account = `/api/account/${conf.accountId}`;
  request(conf.csdsDomain, `${account}/service/msgHist/baseURI.json?version=1.0`, {}, ({ baseURI }) => {
    const path = `/messaging_history${account}/conversations/consumer/search?source=bot`;
    const body = { consumer, status: ['CLOSE'], contentToRetrieve: ['agentParticipants'] };
    request(baseURI, path, { bearer: agent.token, body }, next);
  });
}

function transfer(agent, task, conversationId, lastAgent) {
  const fields = [{ field: 'ParticipantsChange', type: 'REMOVE', role: 'ASSIGNED_AGENT' }];
  if (lastAgent) {
    fields.push({
      field: 'ParticipantsChange',
      type: 'SUGGEST',
      role: 'ASSIGNED_AGENT',
      userId: `${task.conf.accountId}.${lastAgent}`,
    });
  }
  fields.push({ field: 'Skill', type: 'UPDATE', skill: task.skill });
  staying.change(agent, conversationId, fields, () => {
    staying.print({ did: 'pass on', conversationId, agent: lastAgent || null });
  });
}

function begin(agent, task) {
  staying.acceptAll(agent);
  staying.meet(agent, (details, conversationId) => {
    const consumer = details.participants.find((p) => p.role === 'CONSUMER').id;
    history(agent, task, consumer, ({ conversationHistoryRecords: records }) => {
      const served = records
        .flatMap((record) => record.agentParticipants || [])
        .filter((one) => String(one.agentId) !== agent.userId);
      const last = served.length ? String(served[served.length - 1].agentId) : null;
      transfer(agent, task, conversationId, last);
    });
  });
}

staying.run({ begin, arrive: staying.work });
