"""What agents read of consumers, item 28 of the conformance list."""


async def test_c28_a_profile_by_text_object_or_none(visit):
    """A bare id, an object, or nothing, which is oneself; a stranger is 404 and text."""
    anna, consumer = await visit.agent("anna", state=None), await visit.consumer()
    await consumer.ask("userprofile.SetUserProfile", {"firstName": "Jo"})
    await consumer.ask("cqm.SubscribeExConversations", {"convState": ["OPEN"]})
    conversation = await visit.opened(consumer)
    told = await consumer.told(
        "cqm.ExConversationChangeNotification",
        lambda change: change["result"]["convId"] == conversation,
    )
    (whom,) = told["result"]["conversationDetails"]["participantsPId"]["CONSUMER"]
    kind = ".ams.userprofile.GetUserProfile"
    by_text, by_object = await anna.ask(kind, whom), await anna.ask(kind, {"userId": whom})
    assert by_text["body"] == by_object["body"]
    assert (by_text["body"]["firstName"], by_text["body"]["userId"]) == ("Jo", whom)
    assert (await anna.ask(kind, {}))["code"] == 200
    unknown = await anna.ask(kind, "nobody-of-this-name")
    assert (unknown["code"], unknown["type"]) == (404, ".ReqBody$StringResp")
