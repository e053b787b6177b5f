import { openPlatformaticLog } from "../../transport/platformatic/log.ts";
import { testKafkaContract } from "./kafka_contract.ts";

testKafkaContract("PlatformaticLog", openPlatformaticLog);
