'use strict';
// Says again what the customer says, each message once, also after its connection was gone.

const staying = require('./staying');

function begin(agent) {
  const answered = new Map(); // dialog → the sequences that have their echo
  staying.acceptAll(agent);

  agent.on('cqm.ExConversationChangeNotification', ({ changes }) => {
    changes.filter(({ type }) => type === 'UPSERT').forEach(({ result }) => {
      if (!result.conversationDetails.participants.some((p) => p.id === agent.agentId)) return;
      if (answered.has(result.convId) && !agent.justArrived) return;
      if (!answered.has(result.convId)) answered.set(result.convId, new Set());
      agent.subscribeMessagingEvents({ dialogId: result.convId }, staying.then('read'));
    });
    agent.justArrived = false;
  });

  agent.on('ms.MessagingEventNotification', ({ changes }) => {
    changes.forEach(({ dialogId, sequence, event, originatorMetadata }) => {
      if (event.type !== 'ContentEvent' || originatorMetadata.role !== 'CONSUMER') return;
      const echoed = answered.get(dialogId); // what is told live may overtake what is read
      if (!echoed || echoed.has(sequence)) return;
      echoed.add(sequence);
      staying.say(agent, dialogId, `You said: ${event.message}`, () => {
        staying.print({ did: 'echo', dialogId, sequence });
      });
    });
  });
}

function arrive(agent) {
  agent.justArrived = true;
  staying.work(agent);
}

staying.run({ begin, arrive });
